/*
spec: 5.3 values
covers: NaN, -0 and the other primitives; BigInt; strings of one and two bytes; boxed primitives
object: OBJ Obj
*/
import { Journal, toObject } from "./observe.mjs";

function values() {
  return {
    true: true,
    false: false,
    null: null,
    zero: 0,
    "minus zero": -0,
    one: 1,
    "minus one": -1,
    big: 2 ** 53,
    float: 1.5,
    int31: 2 ** 30,
    int32: 2 ** 31,
    negative: -(2 ** 31) - 1,
    tiny: Number.MIN_VALUE,
    huge: Number.MAX_VALUE,
    NaN: NaN,
    Infinity: Infinity,
    "minus infinity": -Infinity,
    bigint: 10n,
    "zero bigint": 0n,
    "negative bigint": -(2n ** 70n),
    "large bigint": 2n ** 200n,
    "empty string": "",
    latin: "é ÿ",
    wide: "Ā",
    emoji: "😀",
    mixed: "aé😀\0z",
    surrogate: "\ud800",
    boxed: [new Number(5), new String("s"), new Boolean(false), Object(10n)],
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
    return log.response();
  }
}

export default toObject("OBJ");
