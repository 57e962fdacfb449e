/*
spec: 6 synchronous KV
covers: Values are cloned as by the asynchronous API; what cannot be cloned
object: OBJ Obj sqlite
*/
import { DurableObject } from "cloudflare:workers";
import { asking, perform } from "./observe.mjs";

export class Obj extends DurableObject {
  fetch(request) {
    return perform(this, request);
  }
  async run(log) {
    const { storage } = this.ctx;
    const { kv } = storage;
    const cycle = { name: "cycle" };
    cycle.self = cycle;
    class Mine {
      field = 1;
      method() {}
    }
    const values = {
      number: 1.5,
      nan: NaN,
      zero: -0,
      big: 12345678901234567890n,
      text: "é😀",
      date: new Date(0),
      regexp: /x/gi,
      map: new Map([[1, { a: 2 }]]),
      set: new Set(["a"]),
      array: [1, , 3],
      nested: { a: undefined, b: null },
      bytes: new Uint8Array([1, 2]),
      buffer: new ArrayBuffer(3),
      cycle,
      boxed: new Number(5),
      mine: new Mine(),
      error: new RangeError("text"),
      headers: new Headers({ a: "b" }),
    };
    for (const [name, value] of Object.entries(values)) {
      log.attempt(`put ${name}`, () => kv.put(name, value));
      log.attempt("  get", () => kv.get(name));
      await log.try("  async", async () => (await storage.get(name)) !== undefined);
    }
    log.attempt("function", () => kv.put("f", () => 1));
    log.attempt("symbol", () => kv.put("f", Symbol("q")));
    log.attempt("promise", () => kv.put("f", Promise.resolve()));
    log.attempt("inside", () => kv.put("f", { a: [() => 1] }));
    log.attempt("nothing was put", () => kv.get("f"));
    log.note("large", kv.put("large", new Uint8Array(200_000).fill(7)), kv.get("large").length);
  }
}

export default asking("OBJ", ["run"]);
