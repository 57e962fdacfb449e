/*
spec: 8.4 authorizer
covers: EXPLAIN and EXPLAIN QUERY PLAN are allowed and run nothing
object: OBJ Obj sqlite
*/
import { DurableObject } from "cloudflare:workers";
import { SqlJournal, toObject } from "./observe.mjs";

export class Obj extends DurableObject {
  fetch() {
    const { sql } = this.ctx.storage;
    const log = new SqlJournal(sql);
    sql.exec("create table t (a, b); create index i on t (b)");
    log.attempt("plan", () =>
      sql
        .exec("explain query plan select * from t where a = 1")
        .toArray()
        .map(({ detail }) => detail),
    );
    log.attempt("plan with an index", () =>
      sql
        .exec("explain query plan select * from t where b = ?", 1)
        .toArray()
        .map(({ detail }) => detail),
    );
    log.attempt(
      "plan of a join",
      () =>
        sql
          .exec("explain query plan select * from t x join t y on x.b = y.b order by x.a")
          .toArray().length > 2,
    );
    log.attempt("explain", () => {
      const cursor = sql.exec("explain insert into t values (1, 2)");
      return [cursor.columnNames, cursor.toArray().length > 5];
    });
    log.attempt("nothing inserted", () => sql.exec("select count(*) as n from t").one());
    log.query("explain drop table absent");
    log.attempt(
      "explain of what is denied",
      () => sql.exec("explain attach ':memory:' as x").toArray().length,
    );
    log.attempt(
      "plan of what is denied",
      () => sql.exec("explain query plan vacuum").toArray().length,
    );
    log.attempt(
      "explain of a reserved table",
      () => sql.exec("explain create table _cf_x (a)").toArray().length,
    );
    log.query("explain");
    log.query("explain query select 1");
    log.query("explain explain select 1");
    return log.response();
  }
}

export default toObject("OBJ");
