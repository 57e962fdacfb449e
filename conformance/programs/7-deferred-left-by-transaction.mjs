/*
spec: 7.4
covers: Deferred constraints still violated when a transaction ends
object: OBJ Obj sqlite
*/
import { DurableObject } from "cloudflare:workers";
import { asking, perform } from "./observe.mjs";

export class Obj extends DurableObject {
  fetch(request) {
    return perform(this, request);
  }
  memory = 0;
  start() {
    this.ctx.storage.sql.exec(
      "create table p (id primary key); create table c (p references p deferrable initially deferred)",
    );
  }
  async transaction(log) {
    const { storage } = this.ctx;
    await log.try("transaction", () =>
      storage.transaction(async (txn) => {
        await txn.put("c", 1);
        storage.sql.exec("insert into c values (3)");
        return "value";
      }),
    );
    log.note("after it", await storage.get("c"));
  }
  look(log) {
    const { kv, sql } = this.ctx.storage;
    log.note(
      "left",
      this.memory++,
      [...kv.list()],
      sql.exec("select p from c").raw().toArray().flat(),
    );
  }
}

export default asking("OBJ", ["start", "look", "transaction", "look", "look"], { texts: false });
