/*
spec: 8 SQL, must-test
covers: Virtual and stored generated columns
object: OBJ Obj sqlite
*/
import { DurableObject } from "cloudflare:workers";
import { SqlJournal, toObject } from "./observe.mjs";

export class Obj extends DurableObject {
  fetch() {
    const { sql } = this.ctx.storage;
    const log = new SqlJournal(sql);
    log.queries(
      "create table t (a int, b int generated always as (a * 2) virtual, c text as (a || '-' || b) stored, d as (abs(a)) unique)",
      "insert into t (a) values (1), (-5)",
      "select * from t",
      "select b, c from t where d = 5",
      "update t set a = 3 where a = 1",
      "select * from t",
      "insert into t (a, b) values (1, 2)",
      "update t set b = 1",
      "insert into t (a) values (5)",
      "insert into t values (9)",
      "select * from t",
      "alter table t add column e as (a + 1)",
      "alter table t add column f as (a + 1) stored",
      "select a, e from t",
      "create index i on t (b)",
      "select a from t where b = 6",
      "create table u (a as (1))",
      "create table u (a as (b), b as (a))",
      "create table u (a, b as (random()))",
      "create table u (a, b as ((select 1)))",
      "create table u (a primary key as (1))",
      "alter table t drop column a",
      "alter table t drop column e",
    );
    return log.response();
  }
}

export default toObject("OBJ");
