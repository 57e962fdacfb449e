/*
spec: 5.3 function, Symbol, Promise, WeakMap, Proxy
covers: DataCloneError with the exact text; nothing is written
object: OBJ Obj
*/
import { Journal, toObject } from "./observe.mjs";

function named() {
  return 1;
}

function values() {
  return {
    arrow: () => 1,
    function: named,
    method: { method() {} },
    class: class Thing {},
    async: async () => {},
    symbol: Symbol("q"),
    "symbol inside": [1, Symbol("r")],
    promise: Promise.resolve(),
    weakMap: new WeakMap(),
    weakSet: new WeakSet(),
    weakRef: new WeakRef({}),
    proxy: new Proxy({}, {}),
    generator: (function* () {})(),
    "function inside": { a: { b: Math.max } },
    module: Reflect,
    "throwing getter": {
      get a() {
        throw new RangeError("getter");
      },
    },
  };
}

export class Obj {
  constructor(ctx) {
    this.storage = ctx.storage;
  }
  async fetch() {
    const log = new Journal();
    for (const [name, value] of Object.entries(values())) {
      await log.try(name, () => this.storage.put("k", value));
      if ((await this.storage.get("k")) !== undefined)
        log.note(`${name} stored`, await this.storage.get("k"));
      await this.storage.delete("k");
    }
    return log.response();
  }
}

export default toObject("OBJ");
