/*
spec: 8.4 authorizer, must-test
covers: Nothing can be renamed to a name that begins with _cf_
object: OBJ Obj sqlite
*/
import { DurableObject } from "cloudflare:workers";
import { SqlJournal, toObject } from "./observe.mjs";

export class Obj extends DurableObject {
  fetch() {
    const { sql } = this.ctx.storage;
    const log = new SqlJournal(sql);
    sql.exec("create table t (a, b); insert into t values (1, 2)");
    log.queries(
      "alter table t rename to _cf_t",
      "alter table t rename to _CF_T",
      'alter table t rename to "_cf_"',
      "select * from t",
      "select * from _cf_t",
    );
    log.queries(
      "alter table t rename to _cf_KV",
      "alter table t rename to x_cf_",
      "alter table x_cf_ rename to t",
      "alter table t rename column a to _cf_a",
      "select _cf_a from t",
      "alter table t rename column _cf_a to a",
    );
    log.query("select name from sqlite_master where type = 'table' and name not like '_cf_%'");
    return log.response();
  }
}

export default toObject("OBJ");
