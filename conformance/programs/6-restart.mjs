/*
spec: 6 synchronous KV
covers: What was written synchronously is there after a restart
object: OBJ Obj sqlite
request: GET /write
request: GET /read
restart:
request: GET /read
*/
import { DurableObject } from "cloudflare:workers";
import { perform, toObject } from "./observe.mjs";

export class Obj extends DurableObject {
  fetch(request) {
    return perform(this, request);
  }
  write(log) {
    const { kv } = this.ctx.storage;
    for (let i = 0; i < 300; i++) kv.put(`key ${i}`, { i, text: "x".repeat(i) });
    for (let i = 0; i < 300; i += 3) kv.delete(`key ${i}`);
    log.note("written", [...kv.list()].length);
  }
  read(log) {
    const { kv } = this.ctx.storage;
    let sum = 0;
    for (const [key, value] of kv.list({ prefix: "key" }))
      sum += key.length + value.i + value.text.length;
    log.note(
      "read",
      [...kv.list()].length,
      sum,
      kv.get("key 1"),
      kv.get("key 3"),
      [...kv.list({ limit: 2, reverse: true })].map(([key]) => key),
    );
  }
}

export default toObject("OBJ");
