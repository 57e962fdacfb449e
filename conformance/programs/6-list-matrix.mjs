/*
spec: 6 synchronous KV, must-test
covers: {none, start, startAfter, end, prefix} x reverse x limit, in byte order; empty ranges
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
      "",
      "a",
      "a\0",
      "a1",
      "aa",
      "ab",
      "ab1",
      "abc",
      "ac",
      "b",
      "é",
      "éa",
      "\uffff",
      "😀",
    ])
      kv.put(key, key.length);
    for (const lower of [{}, { start: "ab" }, { startAfter: "ab" }, { startAfter: "" }])
      for (const upper of [{}, { end: "ac" }, { end: "a" }, { end: "😀" }, { end: "" }])
        for (const prefix of [
          {},
          { prefix: "a" },
          { prefix: "ab" },
          { prefix: "é" },
          { prefix: "z" },
        ]) {
          const range = { ...lower, ...upper, ...prefix };
          const results = [];
          for (const limit of [undefined, 2])
            for (const reverse of [false, true])
              results.push(
                [...kv.list({ ...range, limit, reverse })].map(([key]) => key).join(","),
              );
          log.note(JSON.stringify(range), results.join(" | "));
        }
  }
}

export default asking("OBJ", ["run"]);
