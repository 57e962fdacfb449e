/*
spec: 5.2 arguments of list
covers: limit must be positive; start with startAfter; other types
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
    await storage.put({ a: 1, b: 2, c: 3, undefined: 4, null: 5 });
    const list = (options) =>
      log.try(JSON.stringify(options) ?? String(options), async () => [
        ...(await storage.list(options)).keys(),
      ]);
    for (const limit of [
      0,
      -1,
      -0.5,
      0.5,
      1.9,
      2,
      "2",
      "x",
      null,
      undefined,
      true,
      false,
      1e9,
      2 ** 31,
      2 ** 32 + 1,
    ]) {
      await list({ limit });
    }
    await log.try("NaN", async () => (await storage.list({ limit: NaN })).size);
    await log.try("Infinity", async () => (await storage.list({ limit: Infinity })).size);
    await list({ start: "a", startAfter: "a" });
    await list({ start: "a", startAfter: undefined });
    await list({ start: undefined, startAfter: "a" });
    await list({ start: null });
    await list({ start: 5 });
    await list({ prefix: null });
    await list({ prefix: undefined });
    await list({ end: null });
    await list({ reverse: "yes" });
    await list({ reverse: null });
    await list({ reverse: 0 });
    await list({ unknown: 1 });
    await list(undefined);
    await list(null);
    await list(5);
    await list("a");
    await list([]);
    return log.response();
  }
}

export default toObject("OBJ");
