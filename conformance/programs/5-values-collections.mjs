/*
spec: 5.3 values
covers: Objects, arrays with holes, Map, Set, Date, RegExp; cycles and shared references; nested undefined
object: OBJ Obj
*/
import { Journal, toObject } from "./observe.mjs";

function values() {
  const cycle = { name: "cycle" };
  cycle.self = cycle;
  cycle.list = [cycle];
  const shared = { n: 1 };
  const holes = [1, , 3];
  holes.length = 5;
  const named = Object.assign([1, 2], { extra: "kept" });
  const order = { z: 1, a: 2, 10: 3, 2: 4 };
  return {
    object: { a: 1, b: { c: [1, { d: null }] } },
    empty: {},
    "empty array": [],
    order,
    holes,
    named,
    undefineds: { a: undefined, b: [undefined, undefined] },
    cycle,
    shared: [shared, shared],
    map: new Map([
      ["k", 1],
      [{ o: 1 }, new Map()],
      [NaN, -0],
    ]),
    set: new Set([1, "1", { a: 1 }, new Set()]),
    "map in itself": (() => {
      const map = new Map();
      return map.set("self", map);
    })(),
    date: new Date(0),
    "date with ms": new Date(1700000000123),
    "invalid date": new Date(NaN),
    "far date": new Date(8.64e15),
    regexp: /a(b)+/gi,
    "regexp with flags": /\u{61}/suy,
    "last index": Object.assign(/x/g, { lastIndex: 5 }),
    getter: {
      get a() {
        return 5;
      },
    },
    symbols: { [Symbol("s")]: 1, a: 1 },
    "null prototype": Object.assign(Object.create(null), { a: 1 }),
    arguments: (function () {
      return arguments;
    })(1, 2),
  };
}

export class Obj {
  constructor(ctx) {
    this.storage = ctx.storage;
  }
  async fetch() {
    const log = new Journal();
    for (const [name, value] of Object.entries(values())) {
      await log.try(name, async () => {
        await this.storage.put(name, value);
        return this.storage.get(name);
      });
    }
    const [one, two] = await this.storage.get("shared");
    const cycle = await this.storage.get("cycle");
    log.note("identity", one === two, cycle.self === cycle, cycle.list[0] === cycle);
    const holes = await this.storage.get("holes");
    log.note("holes", 1 in holes, holes.length, Object.keys(await this.storage.get("named")));
    return log.response();
  }
}

export default toObject("OBJ");
