/*
spec: 6 synchronous KV
covers: A key that is overwritten while the iterator is at it
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
    for (const key of ["a", "b", "c"]) kv.put(key, key);
    const seen = [];
    for (const [key, value] of kv.list()) {
      seen.push(`${key}=${value}`);
      kv.put(key, "new");
      if (seen.length > 12) break;
    }
    log.note("seen", seen);
  }
}

export default asking("OBJ", ["run"]);
