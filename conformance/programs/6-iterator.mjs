/*
spec: 6 synchronous KV
covers: The iterator is lazy; break, spread, destructuring
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
      for (const key of ["a", "b", "c", "d", "e"]) kv.put(key, key);
    };
    fill();
    const list = kv.list();
    for (const [key] of list) if (key === "b") break;
    log.attempt("after break", () => list.next());
    const [first, second] = kv.list();
    log.note("destructured", first, second);
    log.note(
      "from",
      Array.from(kv.list({ limit: 2 })),
      new Map(kv.list({ start: "d" })),
      Object.fromEntries(kv.list({ prefix: "a" })),
    );
    const end = kv.list({ limit: 1 });
    log.note("end", end.next(), end.next(), end.next());
    log.note("empty", kv.list({ prefix: "z" }).next());
    const late = kv.list();
    kv.put("0", "before the first step");
    log.note("lazy", late.next().value);
  }
}

export default asking("OBJ", ["run"]);
