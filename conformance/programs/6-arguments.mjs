/*
spec: 6 synchronous KV
covers: Keys are converted; missing arguments; options of list
object: OBJ Obj sqlite
*/
import { DurableObject } from "cloudflare:workers";
import { asking, perform } from "./observe.mjs";

export class Obj extends DurableObject {
  fetch(request) {
    return perform(this, request);
  }
  run(log) {
    const { kv } = this.ctx.storage;
    for (const key of [
      undefined,
      null,
      5,
      true,
      ["a", "b"],
      { toString: () => "mine" },
      1n,
      "a\0b",
    ]) {
      log.attempt("put", () => kv.put(key, "value"));
      log.attempt("  get", () => kv.get(key));
    }
    log.attempt("symbol", () => kv.put(Symbol("q"), 1));
    log.attempt("get of a symbol", () => kv.get(Symbol("q")));
    log.attempt("list", () => [...kv.list()].map(([key]) => key));
    log.attempt("get()", () => kv.get());
    log.attempt("put()", () => kv.put());
    log.attempt("put(a)", () => kv.put("a"));
    log.attempt("get(a)", () => [kv.get("a"), [...kv.list({ prefix: "a" })].length]);
    log.attempt("delete()", () => kv.delete());
    log.attempt("put of an object", () => kv.put({ x: 1, y: 2 }));
    log.attempt("put of an object and options", () => kv.put({ x: 1 }, {}));
    log.attempt("put with options", () => kv.put("o", 1, { allowUnconfirmed: true }));
    log.attempt("get with options", () => kv.get("o", { noCache: true }));
    log.attempt("get of an array", () => kv.get(["o", "x"]));
    log.attempt("delete of an array", () => kv.delete(["a", "b"]));
  }
  lists(log) {
    const { kv } = this.ctx.storage;
    for (const key of ["a", "b", "c", "undefined", "null"]) kv.put(key, key);
    for (const options of [
      { limit: 0 },
      { limit: -1 },
      { limit: 0.5 },
      { limit: 1.9 },
      { limit: "2" },
      { limit: "x" },
      { limit: null },
      { limit: undefined },
      { limit: true },
      { limit: 2 ** 31 },
      { limit: NaN },
      { limit: Infinity },
      { start: "a", startAfter: "a" },
      { start: "a", startAfter: undefined },
      { start: null },
      { start: 5 },
      { prefix: null },
      { end: null },
      { reverse: "yes" },
      { reverse: 0 },
      { unknown: 1 },
      undefined,
      null,
      5,
      "a",
      [],
    ])
      log.attempt(`list(${JSON.stringify(options)})`, () =>
        [...kv.list(options)].map(([key]) => key).filter((key) => /^[a-z]+$/.test(key)),
      );
    log.attempt("errors come at once", () => typeof kv.list({ limit: 0 }));
  }
}

export default asking("OBJ", ["run", "lists"]);
