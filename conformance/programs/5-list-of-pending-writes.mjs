/*
spec: 5.1 list
covers: list sees the writes and deletes of the same turn, with limit from either end
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
    const keys = (options) => storage.list(options).then((map) => [...map.keys()].join(" "));
    await storage.put({ b: 1, d: 1, f: 1, h: 1 });
    await storage.sync();
    storage.put({ a: 2, c: 2, i: 2 });
    storage.delete("d");
    storage.put("f", 2);
    log.note("all", await keys(), [...(await storage.list()).values()]);
    log.note("first three", await keys({ limit: 3 }));
    log.note("last three", await keys({ limit: 3, reverse: true }));
    storage.delete(["a", "b", "i"]);
    log.note("first two", await keys({ limit: 2 }));
    log.note("last two", await keys({ limit: 2, reverse: true }));
    log.note(
      "range",
      await keys({ startAfter: "c", end: "h" }),
      await keys({ start: "c", end: "i", reverse: true, limit: 1 }),
    );
    await storage.sync();
    log.note("after the sync", await keys());
    storage.put("a", 3);
    await storage.get("zz");
    log.note("with a cached absence", await keys());
    return log.response();
  }
}

export default toObject("OBJ");
