/*
spec: 2.4 by copy
covers: Primitives, BigInt, Date, RegExp, Map, Set, arrays with holes, plain objects, boxed values; both ways
object: OBJ Obj
*/
import { DurableObject } from "cloudflare:workers";
import { noting, show } from "./observe.mjs";

function values() {
  return {
    "undefined and null": [undefined, null],
    booleans: [true, false],
    numbers: [0, -0, 1.5, NaN, Infinity, -Infinity, 2 ** 53],
    bigints: [0n, -1n, 2n ** 70n],
    strings: ["", "é😀", "\u0000", "lone \ud800".length],
    dates: [new Date(0), new Date(Number.NaN)],
    regexps: [/a+/gi, /(?<n>x)/u],
    map: new Map([
      [1, { a: 1 }],
      ["k", new Map()],
    ]),
    set: new Set([1, "1", new Set([2])]),
    // biome-ignore lint/suspicious/noSparseArray: the case
    arrays: [[], [1, , 3], [[[]]]],
    object: { a: { b: { c: undefined } }, "odd key": 1, 5: "five" },
    boxed: [Object(1), Object("s"), Object(true), Object(2n)],
    errors: [new TypeError("t"), new Error("e", { cause: 1 })],
  };
}

export class Obj extends DurableObject {
  seen(value) {
    return show(value);
  }
  make(name) {
    return values()[name];
  }
}

export default noting(async (log, { OBJ }) => {
  const stub = OBJ.getByName("a");
  for (const [name, value] of Object.entries(values())) {
    await log.try(`${name} as argument`, async () => {
      const seen = await stub.seen(value);
      return seen === show(value) ? "the same" : seen;
    });
    await log.try(`${name} as result`, () => stub.make(name));
  }
});
