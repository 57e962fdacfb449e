/*
spec: 4.3 write options
covers: allowConcurrency, allowUnconfirmed and noCache are accepted everywhere; unknown keys are ignored; wrong types
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
    const all = { allowConcurrency: true, allowUnconfirmed: true, noCache: true, unknown: 1 };
    for (const options of [
      all,
      {},
      undefined,
      null,
      { allowConcurrency: undefined },
      { noCache: 1 },
      5,
      "x",
      true,
    ]) {
      const label = JSON.stringify(options) ?? "undefined";
      await log.try(`${label} put`, () => storage.put("a", 1, options));
      await log.try(`${label} put many`, () => storage.put({ b: 2, c: 3 }, options));
      await log.try(`${label} get`, () => storage.get("a", options));
      await log.try(`${label} get many`, () => storage.get(["a", "b"], options));
      await log.try(`${label} list`, () => storage.list(options));
      await log.try(`${label} delete`, () => storage.delete("a", options));
      await log.try(`${label} delete many`, () => storage.delete(["b", "x"], options));
      await log.try(`${label} deleteAll`, () => storage.deleteAll(options));
    }
    return log.response();
  }
}

export default toObject("OBJ");
