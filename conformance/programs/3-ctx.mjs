/*
spec: 3.1 construction
covers: Members of ctx and of ctx.storage; ctx.props is an empty object; the same ctx each time
object: OBJ Obj key=mykey
*/
import { DurableObject } from "cloudflare:workers";
import { Journal, toObject } from "./observe.mjs";

export class Obj extends DurableObject {
  async fetch() {
    const log = new Journal();
    const { ctx } = this;
    log.note("names", ctx.constructor.name, Object.prototype.toString.call(ctx));
    log.note("storage", ctx.storage.constructor.name, Object.prototype.toString.call(ctx.storage));
    log.note("same", ctx.storage === ctx.storage, ctx.id === ctx.id);
    log.note("props", ctx.props, ctx.id.toString(), ctx.id.constructor.name);
    for (const name of ["waitUntil", "blockConcurrencyWhile", "abort"])
      log.note(name, typeof ctx[name]);
    for (const name of ["get", "put", "delete", "list", "deleteAll", "sync"]) {
      log.note(name, typeof ctx.storage[name], Object.hasOwn(ctx.storage, name));
    }
    await log.try("storage method without storage", () => (0, ctx.storage.get)("a"));
    await log.try("ctx method without ctx", () => (0, ctx.waitUntil)(Promise.resolve()));
    log.note("waitUntil returns", ctx.waitUntil(Promise.resolve()));
    await log.try("waitUntil of a value", () => ctx.waitUntil(5));
    await log.try("waitUntil of nothing", () => ctx.waitUntil());
    return log.response();
  }
}

export default toObject("OBJ");
