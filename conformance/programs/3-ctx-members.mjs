/*
spec: 3.1 construction
covers: Own properties of ctx in their order and the methods of its prototype; exports before 2025-11-17 and after
object: OBJ Obj sqlite
*/
import { DurableObject } from "cloudflare:workers";
import { noting } from "./observe.mjs";

const METHODS = [
  "waitUntil",
  "blockConcurrencyWhile",
  "acceptWebSocket",
  "getWebSockets",
  "setWebSocketAutoResponse",
  "getWebSocketAutoResponse",
  "getWebSocketAutoResponseTimestamp",
  "setHibernatableWebSocketEventTimeout",
  "getHibernatableWebSocketEventTimeout",
  "getTags",
  "abort",
];

export class Obj extends DurableObject {
  members() {
    const { ctx } = this;
    return {
      keys: Object.keys(ctx),
      methods: METHODS.filter(
        (name) => typeof ctx[name] !== "function" || Object.hasOwn(ctx, name),
      ),
      storage: Object.keys(ctx.storage),
      container: typeof ctx.container,
      props: ctx.props,
      same: [
        ctx.storage === ctx.storage,
        ctx.id === ctx.id,
        ctx.facets === ctx.facets,
        ctx.exports === ctx.exports,
      ],
      writable: Reflect.set(ctx, "mine", 1) && ctx.mine,
    };
  }
  async errors() {
    const { ctx } = this;
    const told = [];
    const attempt = (name, act) => {
      try {
        told.push(`${name} ${act()}`);
      } catch (error) {
        told.push(`${name} ${error.name}: ${error.message}`);
      }
    };
    attempt("blockConcurrencyWhile()", () => ctx.blockConcurrencyWhile());
    attempt("blockConcurrencyWhile(5)", () => ctx.blockConcurrencyWhile(5));
    attempt("detached", () => (0, ctx.getWebSockets)());
    attempt("getTags()", () => ctx.getTags());
    attempt("waitUntil()", () => ctx.waitUntil());
    return told;
  }
}

export default noting(async (log, { OBJ }) => {
  const stub = OBJ.getByName("a");
  for (const [name, value] of Object.entries(await stub.members())) log.note(name, value);
  for (const line of await stub.errors()) log.note(line);
});
