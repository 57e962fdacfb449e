/*
spec: 4.4 implicit transaction, must-test
covers: KV, SQL, schema and alarm of a turn are one atomic unit; an abort takes all of them back
object: OBJ Obj sqlite
*/
import { DurableObject } from "cloudflare:workers";
import { asking, pause, perform } from "./observe.mjs";

export class Obj extends DurableObject {
  fetch(request) {
    return perform(this, request);
  }
  alarm() {}
  async write(step) {
    const { storage } = this.ctx;
    storage.sql.exec(`create table t${step} (a)`);
    await null;
    storage.kv.put(`kv ${step}`, 1);
    storage.sql.exec(`insert into t${step} values (1)`);
    await storage.get("x");
    await storage.put(`put ${step}`, 1);
    storage.setAlarm(Date.now() + 3_600_000);
    storage.transactionSync(() => storage.sql.exec(`insert into t${step} values (2)`));
    await storage.getAlarm();
    storage.sql.exec(`insert into t${step} values (3)`);
  }
  async microtasks() {
    await this.write(1);
    this.ctx.abort("mine");
  }
  async throws() {
    await this.write(2);
    throw new RangeError("mine");
  }
  async timer() {
    await this.write(3);
    await pause(1);
    await this.write(4);
    this.ctx.abort("mine");
  }
  async synced() {
    await this.ctx.storage.deleteAlarm();
    await this.write(5);
    await this.ctx.storage.sync();
    await this.ctx.storage.deleteAlarm();
    await this.write(6);
    this.ctx.abort("mine");
  }
  async transaction() {
    await this.write(7);
    await this.ctx.storage.transaction(() => this.write(8));
    await this.write(9);
    this.ctx.abort("mine");
  }
  async look(log) {
    const { storage } = this.ctx;
    log.note(
      "left",
      [...(await storage.list()).keys()],
      storage.sql
        .exec("select name from sqlite_master where name like 't%' order by name")
        .raw()
        .toArray()
        .flat(),
      (await storage.getAlarm()) !== null,
    );
  }
}

export default asking("OBJ", [
  "microtasks",
  "look",
  "throws",
  "look",
  "timer",
  "look",
  "synced",
  "look",
  "transaction",
  "look",
]);
