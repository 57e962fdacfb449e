/*
spec: 6 synchronous KV, must-test
covers: The asynchronous and the synchronous API see each other's writes in the same turn
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
    storage.put("async", 1);
    log.note("put seen by kv", kv.get("async"), [...kv.list()]);
    kv.put("sync", 2);
    log.note("kv seen by get", await storage.get("sync"), await storage.list());
    const deleted = storage.delete("sync");
    log.note("delete seen by kv", kv.get("sync"), await deleted);
    kv.put("again", 3);
    const old = storage.delete("again");
    kv.put("again", 4);
    log.note("old state", await old, kv.get("again"));
    kv.delete("async");
    log.note(
      "kv delete seen",
      await storage.get(["async", "again"]),
      await storage.delete(["async", "again"]),
    );
    kv.put("one", 1);
    storage.put({ two: 2, three: 3 });
    kv.put("two", "kv");
    log.note("order", await storage.list(), [...kv.list({ reverse: true })]);
    const all = storage.deleteAll();
    log.note("deleteAll seen", [...kv.list()], kv.get("one"));
    kv.put("after", 5);
    await all;
    log.note("after it", [...kv.list()], await storage.list());
  }
}

export default asking("OBJ", ["run"]);
