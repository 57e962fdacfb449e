/*
spec: 7.1, 4.2
covers: What is sent after a transaction comes with its writes; what it read is its own
object: OBJ Obj sqlite
request: GET /count
request: GET /count
request: GET /look
restart:
request: GET /count
request: GET /look
*/
import { DurableObject } from "cloudflare:workers";
import { perform, toObject } from "./observe.mjs";

export class Obj extends DurableObject {
  fetch(request) {
    return perform(this, request);
  }
  async count(log) {
    const { storage } = this.ctx;
    const value = await storage.transaction(async (txn) => {
      const count = ((await txn.get("count")) ?? 0) + 1;
      await txn.put("count", count);
      return count;
    });
    log.note("count", value);
  }
  async look(log) {
    log.note("in the end", await this.ctx.storage.get("count"));
  }
}

export default toObject("OBJ");
