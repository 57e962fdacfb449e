/*
spec: 5.2 list order
covers: UTF-8 bytes, which differs from the order of JavaScript strings
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
    const keys = [
      "😀",
      "\uffff",
      "\ue000",
      "é",
      "b",
      "a",
      "Z",
      "\u0800",
      "\u07ff",
      "\u007f",
      "\u0080",
      "\u{10ffff}",
      "\u{10000}",
      "9",
      "10",
    ];
    for (const key of keys)
      await storage.put(key, [...key].map((c) => c.codePointAt(0).toString(16)).join(" "));
    log.note("order", [...(await storage.list()).values()]);
    log.note("reverse", [...(await storage.list({ reverse: true })).values()]);
    log.note("from U+FFFF", [...(await storage.list({ start: "\uffff" })).values()]);
    log.note("after U+FFFF", [...(await storage.list({ startAfter: "\uffff" })).values()]);
    log.note("up to U+10000", [...(await storage.list({ end: "\u{10000}" })).values()]);
    log.note(
      "JavaScript's order is another",
      keys.toSorted().join() !== [...(await storage.list()).keys()].join(),
    );
    return log.response();
  }
}

export default toObject("OBJ");
