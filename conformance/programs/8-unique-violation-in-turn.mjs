/*
spec: 8 SQL, must-test
covers: A unique violation does not undo earlier statements of the turn; nor a failing statement of several
object: OBJ Obj sqlite
request: GET /write
request: GET /read
restart:
request: GET /read
*/
import { DurableObject } from "cloudflare:workers";
import { SqlJournal, toObject } from "./observe.mjs";

export class Obj extends DurableObject {
  fetch(request) {
    const { storage } = this.ctx;
    const { sql } = storage;
    const log = new SqlJournal(sql);
    const { pathname } = new URL(request.url);
    if (pathname === "/read") {
      log.query("select * from t");
      log.note("kv", storage.kv.get("key"));
      return log.response();
    }
    sql.exec("create table t (a unique)");
    log.queries(
      "insert into t values (1)",
      "insert into t values (2), (1)",
      "insert into t values (3)",
      "insert into t values (4); insert into t values (1); insert into t values (5)",
      "insert or fail into t values (6), (1), (7)",
      "select a from t",
    );
    storage.kv.put("key", "written after them");
    return log.response();
    return log.response();
  }
}

export default toObject("OBJ");
