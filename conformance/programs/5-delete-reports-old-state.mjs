/*
spec: 5.1 delete, must-test
covers: delete then put of the same key without await: delete reports the old state
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
    const first = storage.delete("a");
    storage.put("a", 1);
    log.note("absent, deleted, then put", await first, await storage.get("a"));
    const second = storage.delete("a");
    storage.put("a", 2);
    const third = storage.delete("a");
    const fourth = storage.delete("a");
    log.note(
      "there, deleted, put, deleted twice",
      await second,
      await third,
      await fourth,
      await storage.get("a"),
    );
    storage.put({ a: 1, b: 2, c: 3 });
    const many = storage.delete(["a", "b", "x"]);
    storage.put("a", 5);
    log.note("many", await many, [...(await storage.list())]);
    const get = storage.get("a");
    storage.put("a", 6);
    storage.delete("a");
    log.note("get before put and delete", await get);
    const list = storage.list();
    storage.deleteAll();
    log.note("list before deleteAll", await list, await storage.list());
    return log.response();
  }
}

export default toObject("OBJ");
