/*
spec: 5.1 delete(keys)
covers: The number of keys that existed
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
    await storage.put({ a: 1, b: 2, c: 3, d: 4, 5: 5, undefined: 6 });
    log.note("two of three", await storage.delete(["a", "b", "x"]));
    log.note("none", await storage.delete([]), await storage.delete(["x"]));
    log.note("duplicates", await storage.delete(["c", "c"]));
    log.note("array of one", await storage.delete(["d"]), await storage.delete(["d"]));
    log.note("coerced", await storage.delete([5, undefined]));
    await storage.put("a,b", 1);
    log.note("left", await storage.list());
    await log.try("symbol inside", () => storage.delete(["a,b", Symbol("s")]));
    log.note("left", await storage.list());
    return log.response();
  }
}

export default toObject("OBJ");
