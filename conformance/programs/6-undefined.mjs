/*
spec: 6 synchronous KV, must-test
covers: undefined is stored as a value
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
    log.note("put", kv.put("u", undefined), kv.get("u"));
    log.note("listed", [...kv.list()], (await storage.list()).size, await storage.get(["u"]));
    log.note("delete", kv.delete("u"), kv.delete("u"));
    kv.put("u", undefined);
    await storage.sync();
  }
  look(log) {
    const { kv } = this.ctx.storage;
    log.note("kept", [...kv.list()], kv.get("u"), kv.delete("u"), [...kv.list()]);
  }
}

export default asking("OBJ", ["run", "look"]);
