/*
spec: 5.2 key not a string
covers: Keys are coerced to strings
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
    for (const key of [undefined, null, 5, 1.5, -0, true, 10n]) {
      await log.try("put", () => storage.put(key, `value of ${String(key)}`));
      await log.try("get", () => storage.get(key));
      await log.try("get as text", () => storage.get(String(key)));
    }
    log.note("keys", [...(await storage.list()).keys()]);
    await log.try("delete undefined", () => storage.delete(undefined));
    await log.try("delete 5", () => storage.delete(5));
    await log.try("get symbol", () => storage.get(Symbol("s")));
    await log.try("put symbol", () => storage.put(Symbol("s"), 1));
    await log.try("delete symbol", () => storage.delete(Symbol("s")));
    await log.try("get object", () => storage.get({ toString: () => "5" }));
    await log.try("get nothing", () => storage.get());
    await log.try("delete nothing", () => storage.delete());
    return log.response();
  }
}

export default toObject("OBJ");
