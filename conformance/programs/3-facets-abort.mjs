/*
spec: 3.5 facets
covers: abort of a facet: old stubs and pending calls fail with the reason itself; storage stays; the next get starts it again
object: OBJ Obj sqlite
*/
import { DurableObject } from "cloudflare:workers";
import { Journal, pause } from "./observe.mjs";

let built = 0;

export class Child extends DurableObject {
  constructor(ctx, env) {
    super(ctx, env);
    built++;
  }
  async add() {
    const total = ((await this.ctx.storage.get("total")) ?? 0) + 1;
    await this.ctx.storage.put("total", total);
    return total;
  }
  hang() {
    return new Promise(() => setTimeout(() => {}, 60_000));
  }
  abortItself() {
    this.ctx.abort("by itself");
  }
}

export class Obj extends DurableObject {
  async run() {
    const log = new Journal();
    const { facets, exports } = this.ctx;
    const get = () => facets.get("one", () => ({ class: exports.Child }));
    const old = get();
    log.note("before", await old.add(), await old.add());
    const pending = old.hang();
    await pause(5);
    log.attempt("abort", () => facets.abort("one", new RangeError("stop it")));
    await log.try("pending", () => pending);
    await log.try("old stub", () => old.add());
    await log.try("new stub", () => get().add());
    await log.try("old stub again", () => old.add());
    log.attempt("unknown name", () => facets.abort("nothing", new Error("x")));
    await log.try("by itself", () => get().abortItself());
    await log.try("after that", () => get().add());
    const text = get();
    await text.add();
    log.attempt("text reason", () => facets.abort("one", "a text"));
    await log.try("old stub", () => text.add());
    log.note("built", built);
    return log.text;
  }
}

export default {
  async fetch(_request, { OBJ }) {
    return new Response(await OBJ.getByName("a").run());
  },
};
