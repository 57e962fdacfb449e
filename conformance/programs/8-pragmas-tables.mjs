/*
spec: 8.6 pragmas, must-test
covers: table_info and its kin, with names of all kinds
object: OBJ Obj sqlite
*/
import { DurableObject } from "cloudflare:workers";
import { SqlJournal, toObject } from "./observe.mjs";

export class Obj extends DurableObject {
  fetch() {
    const { sql } = this.ctx.storage;
    const log = new SqlJournal(sql);
    sql.exec(
      "create table parent (a primary key); create table t (a integer primary key, b text not null default 'x' unique, c real generated always as (a * 2), d references parent (a) on delete cascade, check (a > 0)); create index i on t (b desc, a); create table w (x, y, primary key (y, x)) without rowid; create view v as select a, b from t",
    );
    for (const name of [
      "table_info",
      "table_xinfo",
      "foreign_key_list",
      "index_list",
      "index_info",
      "index_xinfo",
    ])
      for (const argument of [
        "(t)",
        "('t')",
        '("t")',
        " = t",
        "(T)",
        "(i)",
        "(w)",
        "(v)",
        "(absent)",
        "(main.t)",
        "(5)",
        "",
      ])
        log.query(`pragma ${name}${argument}`);
    log.queries(
      "pragma main.table_info(parent)",
      "pragma table_info(sqlite_master)",
      "pragma TABLE_INFO(parent)",
      "pragma Table_Info(parent)",
      "pragma table_info(sqlite_autoindex_t_1)",
      "pragma index_info(sqlite_autoindex_t_1)",
      "pragma table_info()",
      "pragma table_info(t, u)",
      "pragma table_info(parent); select 1 as after",
    );
    return log.response();
  }
}

export default toObject("OBJ");
