/*
spec: 8.8 error format
covers: Every kind of constraint, with its extended code
object: OBJ Obj sqlite
*/
import { DurableObject } from "cloudflare:workers";
import { SqlJournal, toObject } from "./observe.mjs";

export class Obj extends DurableObject {
  fetch() {
    const { sql } = this.ctx.storage;
    const log = new SqlJournal(sql);
    sql.exec(
      "create table t (id integer primary key, u unique, n not null default 1, c check (c > 0), x, y, unique (x, y)); insert into t values (1, 'u', 1, 1, 1, 1); create table w (k primary key, v) without rowid; insert into w values (1, 1); create table f (p references t (id)); create table s (i integer) strict; create unique index ex on t (lower(u)); create trigger g before delete on t begin select raise(abort, 'mine é'); end",
    );
    log.queries(
      "insert into t (id) values (1)",
      "insert into t (u) values ('u')",
      "insert into t (u) values ('U')",
      "insert into t (n) values (null)",
      "insert into t (c) values (0)",
      "insert into t (x, y) values (1, 1)",
      "insert into w values (1, 2)",
      "insert into w values (null, 2)",
      "insert into f values (5)",
      "insert into s values ('x')",
      "delete from t",
      "update t set n = null",
      "update t set c = -1",
      "insert into t (id) values ('x')",
      "insert into t (id) values (1.5)",
      "update t set id = 'x'",
      "insert into t (rowid, id) values (5, 6)",
      "insert into t (id, u) values (9223372036854775807, 'max')",
      "insert into t (u) values ('after max')",
      "delete from t where 0",
      "create unique index dup on t (n)",
      "create table k (a int constraint mine check (a > 5), constraint named unique (a))",
      "insert into k values (1)",
      "insert into k values (6), (6)",
      "alter table k add column b check (b > 0) default -1",
      "alter table k add column b not null default null",
      "create table v (a check (typeof(a) = 'integer'))",
      "insert into v values ('x')",
      "insert into t (id, u) values (null, null) returning id > 1000 as random_id",
    );
    return log.response();
  }
}

export default toObject("OBJ");
