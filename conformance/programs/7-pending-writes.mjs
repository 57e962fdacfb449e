/*
spec: 7.1 transaction
covers: Writes pending before it are of another turn: a rollback leaves them, an abort inside keeps them
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
    storage.put("before", 1);
    storage.kv.put("before by kv", 1);
    const pending = storage.transaction(async (txn) => {
      await txn.put("inside", 1);
      throw new RangeError("mine");
    });
    storage.put("in the same turn", 1);
    await log.try("thrown", () => pending);
    log.note("left", [...(await storage.list()).keys()]);
  }
  async abort() {
    const { storage } = this.ctx;
    storage.put("pending", 1);
    await storage.transaction(async (txn) => {
      await txn.put("aborted", 1);
      this.ctx.abort("mine");
    });
  }
  async afterwards() {
    const { storage } = this.ctx;
    await storage.transaction((txn) => txn.put("committed", 1));
    storage.put("after it", 1);
    this.ctx.abort("mine");
  }
  async look(log) {
    log.note("left", [...(await this.ctx.storage.list()).keys()]);
  }
}

export default asking("OBJ", ["run", "look", "abort", "look", "afterwards", "look"]);
