/*
spec: 7.1 transaction, 3.4
covers: A transaction that does not end in 30 s fails and the object is reset
object: OBJ Obj sqlite
tag: slow
*/
import { DurableObject } from "cloudflare:workers";
import { asking, pause, perform } from "./observe.mjs";

export class Obj extends DurableObject {
  fetch(request) {
    return perform(this, request);
  }
  memory = 0;
  async run(log) {
    this.memory++;
    await this.ctx.storage.transaction(async (txn) => {
      await txn.put("inside", 1);
      await pause(45_000);
    });
  }
  async look(log) {
    log.note("left", this.memory++, await this.ctx.storage.list());
  }
}

export default asking("OBJ", ["look", "run", "look"]);
