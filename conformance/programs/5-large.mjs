/*
spec: 5.4 limits on local disk
covers: Keys over 2048 bytes, values over 131072 bytes and batches over 128 are accepted locally
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
    for (const bytes of [2048, 2049, 10_000]) {
      await log.try(`key of ${bytes}`, () => storage.put("k".repeat(bytes), bytes));
      await log.try("read", () => storage.get("k".repeat(bytes)));
    }
    await storage.deleteAll();
    for (const bytes of [131072, 131073, 200_000, 1_500_000]) {
      await log.try(`value of ${bytes}`, () => storage.put("v", "v".repeat(bytes)));
      await log.try("read", async () => (await storage.get("v")).length);
    }
    await storage.deleteAll();
    for (const count of [128, 129, 500]) {
      const keys = Array.from({ length: count }, (_, i) => `key ${i}`);
      await log.try(`put ${count}`, () =>
        storage.put(Object.fromEntries(keys.map((key, i) => [key, i]))),
      );
      await log.try("get", async () => (await storage.get(keys)).size);
      await log.try("delete", () => storage.delete(keys));
    }
    return log.response();
  }
}

export default toObject("OBJ");
