/*
spec: 8.4 authorizer
covers: sqlite_master is readable: names, types and texts of what was made
object: OBJ Obj sqlite
*/
import { DurableObject } from "cloudflare:workers";
import { SqlJournal, toObject } from "./observe.mjs";

export class Obj extends DurableObject {
  fetch() {
    const { sql } = this.ctx.storage;
    const log = new SqlJournal(sql);
    sql.exec(
      "create table t (a integer primary key, b unique); create table  Spaced ( x , y ) ; CREATE INDEX i ON t(b); create view v as select 1; create trigger g after insert on t begin select 1; end",
    );
    sql.exec(
      "create table w (a primary key) without rowid; create table s (a int, b text) strict; create table q (a integer primary key autoincrement)",
    );
    log.queries(
      "select type, name, tbl_name, sql from sqlite_master where name not like '_cf_%' order by rowid",
      "select count(*) from sqlite_schema where type = 'table' and name not like '_cf_%'",
      "select name from sqlite_master where sql is null and name not like '%_cf_%'",
      "select rootpage > 0 from sqlite_master where name = 't'",
      "select rootpage from sqlite_master where name = 'v'",
    );
    sql.exec(
      "alter table t rename to renamed; alter table Spaced add column z default 'q'; alter table renamed rename column b to c",
    );
    log.query(
      "select type, name, tbl_name, sql from sqlite_master where name not like '_cf_%' order by rowid",
    );
    return log.response();
  }
}

export default toObject("OBJ");
