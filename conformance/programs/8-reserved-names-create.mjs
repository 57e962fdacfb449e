/*
spec: 8.4 authorizer, must-test
covers: Names that begin with _cf_ in any case cannot be made
object: OBJ Obj sqlite
*/
import { DurableObject } from "cloudflare:workers";
import { SqlJournal, toObject } from "./observe.mjs";

export class Obj extends DurableObject {
  fetch() {
    const { sql } = this.ctx.storage;
    const log = new SqlJournal(sql);
    sql.exec("create table t (a, b)");
    for (const name of [
      "_cf_x",
      "_CF_x",
      "_Cf_X",
      '"_cf_x"',
      "[_cF_x]",
      "`_cf_`",
      "main._cf_x",
      "_cf_KV",
      "_cf_METADATA",
      "_cf",
      "_cfx",
      "x_cf_",
      "cf_x",
    ])
      log.queries(
        `create table ${name} (a)`,
        `create table if not exists ${name} (a)`,
        `create table ${name} as select 1 as a`,
      );
    for (const name of ["_cf_y", "_CF_Y", "y_cf_"]) {
      log.queries(
        `create index ${name} on t (a)`,
        `create unique index if not exists ${name} on t (a)`,
        `create view ${name} as select 1`,
        `create trigger ${name} after insert on t begin select 1; end`,
        `create virtual table ${name} using fts5(a)`,
        `drop table if exists ${name}`,
        `drop index if exists ${name}`,
      );
    }
    log.queries(
      "create table columns (_cf_a, _CF_b)",
      "insert into columns values (1, 2)",
      "select _cf_a, _CF_b from columns",
      "alter table columns add column _cf_c",
      "select 1 as _cf_alias",
      "select _cf_t.a from t _cf_t",
      "create table constrained (a constraint _cf_c unique)",
    );
    log.query(
      "select name from sqlite_master where name like '%cf%' and name not like '_cf_%' order by name",
    );
    return log.response();
  }
}

export default toObject("OBJ");
