/*
spec: 5.5 deleteAll
covers: Nothing is left; pending writes go too; writes after it stay
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
    await storage.put({ a: 1, b: 2, "😀": 3, "": 4 });
    await storage.sync();
    log.note(
      "deleteAll",
      await storage.deleteAll(),
      await storage.list(),
      await storage.get("a"),
      await storage.get(["a", "b"]),
    );
    log.note("again", await storage.deleteAll(), await storage.delete("a"));
    storage.put("pending", 1);
    storage.deleteAll();
    storage.put("after", 2);
    log.note("around it", await storage.list());
    await storage.sync();
    log.note("after the sync", await storage.list(), await storage.get("pending"));
    await storage.deleteAll();
    await storage.put("after", 3);
    await storage.deleteAll();
    log.note("twice in a turn", await storage.list());
    return log.response();
  }
}

export default toObject("OBJ");
