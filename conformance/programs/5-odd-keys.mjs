/*
spec: 5.2 empty key
covers: The empty key sorts first; a NUL byte is kept
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
    const keys = [
      "a",
      "",
      "a\0",
      "a\0b",
      "\0",
      "\ud83d\ude00",
      " ",
      "\n",
      "__proto__",
      "constructor",
    ];
    for (const [i, key] of keys.entries()) await storage.put(key, i);
    for (const [key, value] of await storage.list()) log.note(codes(key), value);
    for (const key of keys) log.note(`get ${codes(key)}`, await storage.get(key));
    log.note("delete the empty key", await storage.delete(""), await storage.delete(""));
    log.note("prefix of nothing", (await storage.list({ prefix: "" })).size);
    log.note(
      "prefix NUL",
      (await storage.list({ prefix: "\0" })).size,
      (await storage.list({ prefix: "a\0" })).size,
    );
    const odd = { ["__proto__"]: "own", toString: 1 };
    await storage.put(odd);
    log.note("__proto__ in entries", await storage.get("__proto__"), await storage.get("toString"));
    return log.response();
  }
}

export default toObject("OBJ");
