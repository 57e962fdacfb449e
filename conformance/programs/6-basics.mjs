/*
spec: 6 synchronous KV
covers: get, put, delete: what they return, and what is stored
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
    log.note("get of nothing", kv.get("a"));
    log.note("put", kv.put("a", 1), kv.put("b", { x: [1, 2] }));
    log.note("get", kv.get("a"), kv.get("b"));
    log.note("overwrite", kv.put("a", "new"), kv.get("a"));
    log.note("delete", kv.delete("a"), kv.delete("a"), kv.get("a"));
    log.note("empty key", kv.put("", 0), kv.get(""), kv.delete(""));
    log.note("list", [...kv.list()]);
    const value = kv.get("b");
    value.x.push(3);
    log.note("a fresh copy", kv.get("b"));
    log.note("null and false", kv.put("n", null), kv.get("n"), kv.put("f", false), kv.get("f"));
  }
  look(log) {
    log.note("later", [...this.ctx.storage.kv.list()]);
  }
}

export default asking("OBJ", ["run", "look"]);
