/*
spec: 5.1 list, return types
covers: A fresh Map each time; changing it does not affect storage
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
    await storage.put({ a: { n: 1 }, b: [2] });
    const first = await storage.list();
    log.note("map", first instanceof Map, first.constructor === Map, first.size);
    first.get("a").n = 99;
    first.delete("b");
    first.set("c", 1);
    const second = await storage.list();
    log.note("unchanged", second, first.get("a") === second.get("a"));
    const shared = { n: 1 };
    await storage.put({ x: shared, y: shared });
    const third = await storage.get(["x", "y"]);
    log.note("shared between values", third.get("x") === third.get("y"));
    log.note("empty", await storage.list({ prefix: "none" }));
    return log.response();
  }
}

export default toObject("OBJ");
