/*
spec: 5.1 get(keys)
covers: Only existing keys, sorted by UTF-8 bytes whatever the argument order; duplicates collapse
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
    await storage.put({ Z: 1, a: 2, b: 3, é: 4, "\uffff": 5, "😀": 6, 10: 7, 9: 8, "": 9 });
    log.note(
      "order",
      await storage.get(["😀", "\uffff", "é", "b", "a", "Z", "9", "10", "", "missing"]),
    );
    log.note("duplicates", await storage.get(["b", "a", "b", "b"]));
    log.note("none", await storage.get([]), await storage.get(["x", "y"]));
    log.note("coerced", await storage.get([9, 10, undefined, null]));
    await log.try("set", () => storage.get(new Set(["a", "b"])));
    await log.try("symbol inside", () => storage.get(["a", Symbol("s")]));
    await log.try("hole", () => storage.get([, "a"]));
    await log.try("array-like", () => storage.get({ 0: "a", length: 1 }));
    const map = await storage.get(["a"]);
    map.set("changed", 1);
    log.note("own map", map instanceof Map, await storage.get(["a", "changed"]));
    return log.response();
  }
}

export default toObject("OBJ");
