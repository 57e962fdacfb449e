/*
spec: 5.2 empty key
covers: Keys with a lone surrogate
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
    const codes = (text) => [...text].map((c) => c.codePointAt(0).toString(16)).join(" ");
    for (const key of ["\ud800", "x\udc00y", "\ud83d\ude00"]) {
      await storage.put(key, codes(key));
      log.note(codes(key), await storage.get(key));
    }
    for (const [key, value] of await storage.list()) log.note(codes(key), value);
    return log.response();
  }
}

export default toObject("OBJ");
