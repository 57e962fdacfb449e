/*
spec: 8 SQL, must-test
covers: ALTER TABLE: rename, add, drop and what refuses it
object: OBJ Obj sqlite
*/
import { DurableObject } from "cloudflare:workers";
import { SqlJournal, toObject } from "./observe.mjs";

export class Obj extends DurableObject {
  fetch() {
    const { sql } = this.ctx.storage;
    const log = new SqlJournal(sql);
    sql.exec(
      "create table t (a integer primary key, b unique, c default 5, d check (d > 0)); insert into t values (1, 'x', 2, 3); create index i on t (c); create view v as select a, c from t; create trigger g after insert on t begin update t set c = 0 where a = new.a; end; create table r (t references t (a))",
    );
    log.queries(
      "alter table t add column e",
      "alter table t add e2 text not null default 'n'",
      "alter table t add column f not null",
      "alter table t add column p primary key",
      "alter table t add column q unique",
      "alter table t add column h default (random())",
      "alter table t add column h default current_timestamp",
      "alter table t add column k integer check (k < 10)",
      "alter table t add column a",
      "select * from t",
      "alter table t rename column c to cc",
      "select cc from v",
      "insert into t (a, b, d) values (2, 'y', 1)",
      "select a, cc from t",
      "alter table t drop column b",
      "alter table t drop column cc",
      "alter table t drop column d",
      "alter table t drop column e",
      "alter table t drop column zzz",
      "alter table t rename column zzz to y",
      "alter table t rename column e2 to a",
      "alter table t rename to v",
      "alter table t rename to u",
      "select a from u",
      "select * from r",
      "select sql from sqlite_master where name in ('u', 'v', 'g', 'r', 'i') order by name",
      "alter table absent rename to x",
      "alter table v rename to x",
      "alter table u alter column a type text",
      "drop table r",
      "drop view v",
      "alter table u drop column k",
      "select * from u",
    );
    return log.response();
  }
}

export default toObject("OBJ");
