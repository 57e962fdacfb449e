/*
spec: 8.4 authorizer
covers: Statements that are allowed, one of each kind
object: OBJ Obj sqlite
*/
import { DurableObject } from "cloudflare:workers";
import { SqlJournal, toObject } from "./observe.mjs";

export class Obj extends DurableObject {
  fetch() {
    const { sql } = this.ctx.storage;
    const log = new SqlJournal(sql);
    log.queries(
      "create table t (a integer primary key, b text)",
      "create table if not exists t (x)",
      "create table u as select 1 as a, 'x' as b",
      "create index i on t (b)",
      "create unique index j on t (a, b)",
      "create index if not exists i on t (b)",
      "create view v as select a from t",
      "create trigger g after insert on t begin update t set b = b || '!' where a = new.a; end",
      "insert into t values (1, 'x'), (2, 'y')",
      "insert or replace into t values (1, 'z')",
      "replace into t values (2, 'w')",
      "insert or ignore into t values (1, 'no')",
      "insert into t select 3, 'third'",
      "select * from t",
      "select * from v",
      "update t set b = upper(b)",
      "update or ignore t set a = 1",
      "update t set b = u.b from u where u.a = t.a",
      "delete from t where a = 2",
      "delete from u",
      "with x as (select 1 as a) insert into u select a, 'w' from x",
      "with x as (select 1 as a) delete from u where a in (select a from x)",
      "values (1), (2)",
      "select 1 union select 2 intersect select 2",
      "select 1 except select 2",
      "alter table t add column c default 5",
      "alter table t rename column c to d",
      "alter table t rename to tt",
      "alter table tt drop column d",
      "reindex",
      "reindex i",
      "reindex tt",
      "analyze",
      "analyze tt",
      "analyze sqlite_master",
      "select count(*) > 0 from sqlite_stat1",
      "drop trigger g",
      "drop view v",
      "drop index i",
      "drop table u",
      "drop table if exists u",
      "drop table tt",
      "drop view if exists v",
      "drop trigger if exists g",
      "drop index if exists i",
    );
    return log.response();
  }
}

export default toObject("OBJ");
