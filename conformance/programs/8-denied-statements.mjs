/*
spec: 8.4 authorizer
covers: ATTACH, DETACH, VACUUM, temporary objects and what changes the schema tables
object: OBJ Obj sqlite
*/
import { DurableObject } from "cloudflare:workers";
import { SqlJournal, toObject } from "./observe.mjs";

export class Obj extends DurableObject {
  fetch() {
    const { sql } = this.ctx.storage;
    const log = new SqlJournal(sql);
    sql.exec("create table t (a)");
    log.queries(
      "attach ':memory:' as other",
      "attach database 'x.db' as other",
      "detach main",
      "detach other",
      "vacuum",
      "vacuum main",
      "vacuum into 'x.db'",
      "create temp table x (a)",
      "create temporary table x (a)",
      "create table temp.x (a)",
      "create temp view x as select 1",
      "create temp trigger x after insert on t begin select 1; end",
      "create index temp.x on t (a)",
      "select * from sqlite_temp_master",
      "select * from temp.sqlite_master",
      "select * from temp.sqlite_schema",
      "create table main.x (a)",
      "select * from main.t",
      "insert into sqlite_master values (1, 2, 3, 4, 5)",
      "delete from sqlite_master",
      "update sqlite_master set sql = ''",
      "drop table sqlite_master",
      "create table sqlite_mine (a)",
      "alter table t rename to sqlite_t",
      "create index sqlite_i on t (a)",
      "insert into sqlite_sequence values ('t', 1)",
      "select * from sqlite_dbpage",
      "select * from dbstat",
      "select * from bytecode('select 1')",
      "select * from tables_used('select 1')",
      "select * from sqlite_stmt",
      "select * from generate_series(1, 3)",
      "select * from json_each('[1]')",
      "select * from pragma_function_list",
      "select load_extension('x')",
      "create table y (a references z)",
      "drop table t; drop table t",
    );
    return log.response();
  }
}

export default toObject("OBJ");
