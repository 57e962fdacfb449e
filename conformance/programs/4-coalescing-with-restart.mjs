/*
spec: 4.4 implicit transaction, must-test
covers: What a turn wrote is there after the process ended without notice, all of it
object: OBJ Obj sqlite
request: GET /write
restart:
request: GET /write
request: GET /write
restart:
request: GET /write
*/
import { DurableObject } from "cloudflare:workers";
import { perform, toObject } from "./observe.mjs";

export class Obj extends DurableObject {
  fetch(request) {
    return perform(this, request);
  }
  alarm() {}
  async write(log) {
    const { storage } = this.ctx;
    storage.sql.exec("create table if not exists t (a)");
    const count = storage.sql.exec("select count(*) as n from t").one().n;
    storage.kv.put("count", count);
    storage.sql.exec("insert into t values (?)", count);
    await storage.setAlarm(Date.now() + 3_600_000 * 24);
    log.note("written", count, storage.kv.get("count"), (await storage.getAlarm()) !== null);
  }
}

export default toObject("OBJ");
