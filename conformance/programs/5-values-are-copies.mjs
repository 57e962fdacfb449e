/*
spec: 5.3 reading, 5.1
covers: A read always yields a fresh copy; changing a value after put has no effect
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
    const value = { list: [1], map: new Map([["a", 1]]) };
    const put = storage.put("k", value);
    value.list.push(2);
    value.map.set("b", 2);
    await put;
    log.note("as it was at put", await storage.get("k"));
    const first = await storage.get("k");
    first.list.push(99);
    const second = await storage.get("k");
    log.note("fresh", second, first === second, first.list === second.list);
    await storage.sync();
    log.note("after the sync", await storage.get("k"));
    const [a, b] = await Promise.all([storage.get("k"), storage.get("k")]);
    log.note("read together", a === b);
    return log.response();
  }
}

export default toObject("OBJ");
