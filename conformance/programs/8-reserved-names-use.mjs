/*
spec: 8.4 authorizer, must-test
covers: Reserved tables cannot be read, written or dropped
object: OBJ Obj sqlite
*/
import { DurableObject } from "cloudflare:workers";
import { SqlJournal, toObject } from "./observe.mjs";

export class Obj extends DurableObject {
  fetch() {
    const { storage } = this.ctx;
    const { sql } = storage;
    const log = new SqlJournal(sql);
    log.queries(
      "select * from _cf_KV",
      "select key from _cf_kv",
      "insert into _cf_KV values ('a', 1)",
      "select * from _cf_METADATA",
    );
    storage.kv.put("key", "value");
    for (const name of ["_cf_KV", "_CF_kv", "main._cf_KV", '"_cf_KV"'])
      log.queries(
        `select * from ${name}`,
        `select key from ${name}`,
        `select count(*) from ${name}`,
        `select 1 from ${name}`,
        `select rowid from ${name}`,
        `insert into ${name} values ('x', 'y')`,
        `update ${name} set key = 'z'`,
        `delete from ${name}`,
        `drop table ${name}`,
        `create index i on ${name} (value)`,
        `create trigger g after insert on ${name} begin select 1; end`,
        `reindex ${name}`,
        `analyze ${name}`,
      );
    sql.exec("create table t (a)");
    log.queries(
      "select * from t, _cf_KV",
      "select (select count(*) from _cf_KV)",
      "select * from t where a in (select key from _cf_KV)",
      "insert into t select key from _cf_KV",
      "create table copy as select * from _cf_KV",
      "create view v as select * from _cf_KV",
      "select * from v",
      "create trigger g after insert on t begin delete from _cf_KV; end",
      "insert into t values (1)",
      "create table r (a references _cf_KV)",
      "with x as (select * from _cf_KV) select * from x",
      "select * from _cf_KV union select 1, 2",
      "delete from t where exists (select 1 from _cf_KV)",
      "drop view v",
      "drop trigger g",
      "drop table r",
      "select * from t",
      "with _cf_w as (select 1 as a) select * from _cf_w",
      "alter table _cf_KV rename to mine",
      "alter table _cf_kv add column x",
      "alter table _cf_KV rename column key to k",
      "alter table _cf_KV drop column value",
      "select type, name, sql is not null as has_text from sqlite_master where name = '_cf_KV'",
    );
    log.note("still there", storage.kv.get("key"));
    return log.response();
  }
}

export default toObject("OBJ");
