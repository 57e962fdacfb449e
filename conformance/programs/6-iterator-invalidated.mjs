/*
spec: 6 synchronous KV, must-test
covers: Only one iterator lives: another list, synchronous or not, cancels it
object: OBJ Obj sqlite
*/
import { DurableObject } from "cloudflare:workers";
import { asking, perform } from "./observe.mjs";

export class Obj extends DurableObject {
  fetch(request) {
    return perform(this, request);
  }
  fill() {
    for (const key of ["a", "b", "c", "d", "e"]) this.ctx.storage.kv.put(key, key);
  }
  async run(log) {
    const { storage } = this.ctx;
    const { kv } = storage;
    const cancel = async (label, action) => {
      const list = kv.list();
      log.note(label, list.next().value);
      await log.try("  doing it", action);
      log.attempt("  next", () => list.next().value);
      log.attempt("  once more", () => list.next());
      log.attempt("  rest", () => [...list]);
    };
    await cancel("another list", () => typeof kv.list());
    await cancel("another list, read", () => [...kv.list({ limit: 1 })]);
    await cancel("another list, refused", () => kv.list({ limit: 0 }));
    await cancel("asynchronous list", async () => (await storage.list()).size);
    await cancel("empty list", () => [...kv.list({ prefix: "z" })]);
    await cancel("list in transactionSync", () =>
      storage.transactionSync(() => [...kv.list()].length),
    );
    await cancel("get", () => kv.get("a"));
    await cancel("asynchronous get of many", async () => (await storage.get(["a", "b"])).size);
    await cancel("put elsewhere", () => kv.put("z", 1));
    await cancel("delete elsewhere", () => kv.delete("z"));
    await cancel("asynchronous put", () => storage.put("z", 1));
    await cancel("SQL", () => storage.sql.exec("select 1 as one").one());
    await cancel("setAlarm", async () => storage.getAlarm());
    await cancel("sync", () => storage.sync());
    const done = kv.list();
    log.note("read to the end", [...done].length);
    kv.list();
    log.attempt("then another", () => done.next());
    const first = kv.list();
    const second = kv.list();
    log.attempt("first", () => first.next());
    log.attempt("second", () => second.next());
    const list = kv.list();
    list.next();
    await storage.deleteAll();
    let failed = false;
    try {
      list.next();
    } catch {
      failed = true;
    }
    log.note("after deleteAll it fails", failed);
    log.attempt("a new one", () => [...kv.list()]);
  }
}

export default asking("OBJ", ["fill", "run"]);
