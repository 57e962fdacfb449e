/*
spec: 5.2 list range, must-test
covers: {none, start, startAfter, end, prefix} x reverse x limit, in byte order
object: OBJ Obj
*/
import { Journal, toObject } from "./observe.mjs";

const KEYS = [
  "",
  "a",
  "a\0",
  "a1",
  "aa",
  "ab",
  "ab1",
  "ab2",
  "abc",
  "ac",
  "b",
  "b1",
  "é",
  "éa",
  "\uffff",
  "😀",
];

function* ranges() {
  for (const lower of [
    {},
    { start: "ab" },
    { startAfter: "ab" },
    { start: "a0" },
    { startAfter: "é" },
    { start: "" },
    { startAfter: "" },
  ]) {
    for (const upper of [
      {},
      { end: "ac" },
      { end: "ab" },
      { end: "a" },
      { end: "zz" },
      { end: "😀" },
      { end: "" },
    ]) {
      for (const prefix of [
        {},
        { prefix: "a" },
        { prefix: "ab" },
        { prefix: "é" },
        { prefix: "z" },
      ]) {
        yield { ...lower, ...upper, ...prefix };
      }
    }
  }
}

export class Obj {
  constructor(ctx) {
    this.storage = ctx.storage;
  }
  async fetch() {
    const log = new Journal();
    for (const [i, key] of KEYS.entries()) await this.storage.put(key, i);
    for (const range of ranges()) {
      const results = [];
      for (const limit of [undefined, 1, 3]) {
        for (const reverse of [false, true]) {
          const map = await this.storage.list({ ...range, limit, reverse });
          results.push([...map.values()].join(","));
        }
      }
      log.note(JSON.stringify(range), results.join(" | "));
    }
    return log.response();
  }
}

export default toObject("OBJ");
