/*
spec: 4.4, 5.1
covers: Promises of storage calls made together settle in call order, also failing ones
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
    const seen = [];
    const calls = {
      "put a": storage.put("a", 1),
      "get a": storage.get("a"),
      "put b": storage.put("b", 2),
      "get many": storage.get(["a", "b"]),
      "delete a": storage.delete("a"),
      "get a again": storage.get("a"),
      list: storage.list(),
    };
    await Promise.all(
      Object.entries(calls).map(([name, call]) => call.then(() => seen.push(name))),
    );
    log.note("order", seen.sort());
    for (const [name, call] of Object.entries(calls)) log.note(name, await call);
    return log.response();
  }
}

export default toObject("OBJ");
