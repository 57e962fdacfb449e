/*
spec: 6 synchronous KV, must-test
covers: Writes while iterating: keys changed, deleted and added ahead of it and behind it
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
    const fill = () => {
      for (const [key] of [...kv.list()]) kv.delete(key);
      for (const key of ["a", "b", "c", "d", "e"]) kv.put(key, key);
    };
    const walk = (label, change, options) => {
      fill();
      const seen = [];
      for (const [key, value] of kv.list(options)) {
        seen.push(`${key}=${value}`);
        change(key);
        if (seen.length > 12) break;
      }
      log.note(
        label,
        seen.join(" "),
        [...kv.list()].map(([key, value]) => `${key}=${value}`).join(" "),
      );
    };
    walk("nothing", () => {});
    walk("update ahead", (key) => kv.put(String.fromCharCode(key.charCodeAt(0) + 2), "new"));
    walk("delete here", (key) => kv.delete(key));
    walk("delete ahead", (key) => kv.delete(String.fromCharCode(key.charCodeAt(0) + 1)));
    walk("insert ahead", (key) => key < "f" && kv.put(`${key}x`, "added"));
    walk("insert behind", (key) => kv.put(`A${key}`, "added"));
    walk(
      "delete ahead in reverse",
      (key) => kv.delete(String.fromCharCode(key.charCodeAt(0) - 1)),
      { reverse: true },
    );
    walk("insert beyond the limit", (key) => kv.put(`${key}x`, "added"), { limit: 3 });
  }
}

export default asking("OBJ", ["run"]);
