/*
spec: 5.2 arguments
covers: put without a value, without anything, with entries and a value
object: OBJ Obj
*/
import { Journal, toObject } from "./observe.mjs";

export class Obj {
  constructor(ctx) {
    this.storage = ctx.storage;
  }
  async fetch() {
    const log = new Journal();
    const { storage } = this;
    await log.try("put(k)", () => storage.put("k"));
    await log.try("put(k, undefined)", () => storage.put("k", undefined));
    await log.try("put(k, undefined, {})", () => storage.put("k", undefined, {}));
    await log.try("put()", () => storage.put());
    await log.try("put({a:1}, 2)", () => storage.put({ a: 1 }, 2));
    await log.try("put({a:1}, text)", () => storage.put({ a: 1 }, "text"));
    await log.try("put({a:1}, null)", () => storage.put({ a: 1 }, null));
    await log.try("put({a:1}, {}, {})", () => storage.put({ a: 1 }, {}, {}));
    await log.try("put(undefined, 1)", () => storage.put(undefined, 1));
    await log.try("put(null, 1)", () => storage.put(null, 1));
    await log.try("put(null)", () => storage.put(null));
    await log.try("put(5)", () => storage.put(5));
    await log.try("put({a: undefined})", () => storage.put({ a: undefined }));
    await log.try("put(k, null)", () => storage.put("k", null));
    log.note("stored", await storage.list());
    return log.response();
  }
}

export default toObject("OBJ");
