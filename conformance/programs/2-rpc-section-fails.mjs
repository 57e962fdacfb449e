/*
spec: 2.6 flags, 3.4
covers: A failed blockConcurrencyWhile as a call, in the constructor and as a fetch; the caller's surrounding catch is not reached
object: OBJ Obj
object: LATE Late
*/
import { DurableObject } from "cloudflare:workers";
import { noting } from "./observe.mjs";

const reached = [];

export class Obj extends DurableObject {
  async fail(kind) {
    try {
      await this.ctx.blockConcurrencyWhile(async () => {
        if (kind === "later") await new Promise((resolve) => setTimeout(resolve, 5));
        throw kind === "string" ? "a string" : new TypeError(`section ${kind}`);
      });
      reached.push("after");
    } catch {
      reached.push("catch");
    }
    return "returned";
  }
  fetch(request) {
    return this.fail(new URL(request.url).pathname.slice(1));
  }
  ping() {
    return "pong";
  }
}

export class Late extends DurableObject {
  constructor(ctx, env) {
    super(ctx, env);
    ctx.blockConcurrencyWhile(async () => {
      await new Promise((resolve) => setTimeout(resolve, 5));
      throw new RangeError("in the constructor");
    });
  }
  ping() {
    return "pong";
  }
  fetch() {
    return new Response("fetched");
  }
}

export default noting(async (log, { OBJ, LATE }) => {
  for (const kind of ["at once", "later", "string"]) {
    const stub = OBJ.getByName("a");
    const other = OBJ.getByName("a");
    log.note("alive", await other.ping());
    await log.try(kind, () => stub.fail(kind));
    await log.try("same stub", () => stub.ping());
    await log.try("other stub", () => other.ping());
  }
  await log.try("fetch", () => OBJ.getByName("a").fetch("http://x/fetch"));
  await log.try("constructor, call", () => LATE.getByName("a").ping());
  await log.try("constructor, fetch", () => LATE.getByName("a").fetch("http://x/"));
  log.note("reached", reached);
});
