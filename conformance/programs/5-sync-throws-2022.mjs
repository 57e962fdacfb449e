/*
spec: 5.1, 13.2 capture_async_api_throws
covers: Before 2022-10-31 validation errors are thrown, not rejected
date: 2022-10-01
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
    await log.try("put undefined", () => storage.put("k", undefined));
    await log.try("put nothing", () => storage.put());
    await log.try("put entries and value", () => storage.put({ a: 1 }, 2));
    await log.try("list limit", () => storage.list({ limit: 0 }));
    await log.try("list start and startAfter", () => storage.list({ start: "a", startAfter: "a" }));
    await log.try("put a function", () => storage.put("k", () => 1));
    await log.try("get symbol", () => storage.get(Symbol("s")));
    await log.try("valid", () => storage.put("k", 1));
    return log.response();
  }
}

export default toObject("OBJ");
