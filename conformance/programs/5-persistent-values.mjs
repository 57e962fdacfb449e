/*
spec: 5.3, 13.4, 13.5
covers: Every kind of value is there after a restart, the same as before it
object: OBJ Obj
request: GET /write
request: GET /read
restart:
request: GET /read
*/
import { Journal, toObject } from "./observe.mjs";

function values() {
  const cycle = { name: "c" };
  cycle.self = cycle;
  return {
    number: 1,
    "minus zero": -0,
    float: 1.5,
    text: "aé😀",
    flag: false,
    nothing: null,
    big: 123456789012345678901234567890n,
    object: { a: [1, , undefined] },
    map: new Map([[1, new Set(["x"])]]),
    date: new Date(5),
    regexp: /x/g,
    cycle,
    bytes: new Uint8Array([1, 2, 3]),
    view: new DataView(new ArrayBuffer(4), 1, 2),
    error: new RangeError("r"),
    boxed: new Number(4),
    "": "empty key",
    "\0": "NUL key",
    "😀": "emoji key",
    "\uffff": "last of the plane",
  };
}

export class Obj {
  constructor(ctx) {
    this.storage = ctx.storage;
  }
  async fetch(request) {
    const log = new Journal();
    if (request.url.endsWith("/write")) {
      await this.storage.put(values());
      await this.storage.put("deleted", 1);
      await this.storage.delete("deleted");
      return new Response("written");
    }
    for (const [key, value] of await this.storage.list()) log.note(JSON.stringify(key), value);
    return log.response();
  }
}

export default toObject("OBJ");
