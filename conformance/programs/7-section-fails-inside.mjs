/*
spec: 7.1 transaction
covers: A section that fails inside a transaction resets the object, and nothing of the transaction stays
object: OBJ Obj sqlite
*/
import { DurableObject } from "cloudflare:workers";
import { asking, pause, perform } from "./observe.mjs";

export class Obj extends DurableObject {
  fetch(request) {
    return perform(this, request);
  }
  memory = 0;
  async run() {
    this.memory++;
    const { storage } = this.ctx;
    await storage.put("before", 1);
    await storage.transaction(async (txn) => {
      await txn.put("inside", 1);
      await this.ctx.blockConcurrencyWhile(async () => {
        await storage.put("in the section", 1);
        throw new RangeError("mine");
      });
    });
  }
  async abort() {
    await this.ctx.storage.transaction(async (txn) => {
      await txn.put("aborted", 1);
      await pause(1);
      this.ctx.abort("mine");
    });
  }
  async look(log) {
    log.note("left", this.memory++, await this.ctx.storage.list());
  }
}

export default asking("OBJ", ["run", "look", "abort", "look"]);
