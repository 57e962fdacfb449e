/*
spec: 5.1 put(entries)
covers: Own enumerable string keys; undefined values are skipped; all or nothing
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
    const stored = async (label) => {
      log.note(label, await storage.list());
      await storage.deleteAll();
    };
    await storage.put({ a: 1, b: undefined, c: null });
    await stored("undefined skipped");
    await storage.put(
      Object.create(
        { inherited: 1 },
        { hidden: { value: 1 }, shown: { value: 2, enumerable: true } },
      ),
    );
    await stored("own enumerable");
    await storage.put({ [Symbol("s")]: 1, text: 2 });
    await stored("symbols dropped");
    await log.try("one value cannot be stored", () => storage.put({ a: 1, b: () => 1, c: 3 }));
    await stored("all or nothing");
    await log.try("array", () => storage.put(["x", "y"]));
    await stored("array");
    await log.try("map", () => storage.put(new Map([["a", 1]])));
    await stored("map");
    await log.try("function", () => storage.put(Object.assign(() => {}, { a: 1 })));
    await stored("function");
    await log.try("getter", () =>
      storage.put({
        get a() {
          return 5;
        },
      }),
    );
    await stored("getter");
    await log.try("throwing getter", () =>
      storage.put({
        a: 1,
        get b() {
          throw new RangeError("no");
        },
      }),
    );
    await stored("throwing getter");
    await log.try("date", () => storage.put(new Date(0)));
    await log.try("empty", () => storage.put({}));
    await stored("empty");
    return log.response();
  }
}

export default toObject("OBJ");
