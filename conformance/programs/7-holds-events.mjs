/*
spec: 7.1 transaction
covers: Nothing else enters the object while a transaction runs, real I/O included; the reply waits for its end
object: OBJ Obj sqlite
together: GET /transaction & GET /event {"waitMs": 20} & GET /event {"waitMs": 100}
request: GET /event
*/
import { DurableObject } from "cloudflare:workers";
import { pause, perform, toObject } from "./observe.mjs";

export class Obj extends DurableObject {
  fetch(request) {
    return perform(this, request);
  }
  order = [];
  async transaction(log) {
    this.order.push("starts");
    await this.ctx.storage.transaction(async (txn) => {
      this.order.push("in it");
      await pause(150);
      await txn.put("a", 1);
      await pause(50);
      this.order.push("ends");
    });
    log.note("transaction", this.order);
  }
  async event(log) {
    this.order.push("event");
    log.note("event sees", await this.ctx.storage.get("a"), this.order);
  }
}

export default toObject("OBJ");
