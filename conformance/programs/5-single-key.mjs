/*
spec: 5.1 methods
covers: put then immediate get sees it; boolean of delete; every call returns a promise
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
    log.note("missing", await storage.get("k"));
    storage.put("k", "v1");
    log.note("not awaited", await storage.get("k"));
    log.note("put", await storage.put("k", "v2"), await storage.get("k"));
    log.note(
      "delete",
      await storage.delete("k"),
      await storage.delete("k"),
      await storage.get("k"),
    );
    log.note("delete missing", await storage.delete("never"));
    const calls = {
      get: storage.get("k"),
      "get many": storage.get(["k"]),
      put: storage.put("k", 1),
      "put many": storage.put({ a: 1 }),
      delete: storage.delete("k"),
      "delete many": storage.delete(["k"]),
      list: storage.list(),
      deleteAll: storage.deleteAll(),
      sync: storage.sync(),
    };
    for (const [name, call] of Object.entries(calls))
      log.note(name, call instanceof Promise, await call);
    return log.response();
  }
}

export default toObject("OBJ");
