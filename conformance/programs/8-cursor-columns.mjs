/*
spec: 8.3 columnNames and row objects
covers: Names in order, duplicates kept, unnamed columns by their text; the last value wins in an object
object: OBJ Obj sqlite
*/
import { DurableObject } from "cloudflare:workers";
import { SqlJournal, toObject } from "./observe.mjs";

export class Obj extends DurableObject {
  fetch() {
    const { sql } = this.ctx.storage;
    const log = new SqlJournal(sql);
    sql.exec('create table t (a, "b c", B); insert into t values (1, 2, 3)');
    for (const query of [
      "select * from t",
      "select a, a, a as b from t",
      'select t.a, t."b c" from t',
      "select a from t union select 5",
      "select 1, 'x', 1+1, null, x'00', count(*), max(a) from t",
      'select 1 as ""',
      "select  a+1 ,  a  || 'x' from t",
      "select t1.a, t2.a from t t1, t t2",
      "select t1.*, t2.* from t t1, t t2",
      "select (select 1), (select a from t) from t",
      "select case when 1 then 2 end",
      "select rowid, oid, _rowid_ from t",
      "select A, b FROM t",
      'select "a", [a], `a` from t',
      "select 'a' a, 2 as 'quoted', 3 as [in brackets]",
      "select ?",
      "insert into t values (4, 5, 6) returning a, b, 'x'",
      "update t set a = 9 returning *",
      "delete from t where 0 returning a",
      "create table u (z)",
      "select * from u",
      "drop table u",
      "explain query plan select * from t",
      "with x(y) as (select 1) select * from x",
      "values (1, 2)",
      "pragma table_info(t)",
    ]) {
      log.attempt(query, () => {
        const cursor = query.includes("?") ? sql.exec(query, 1) : sql.exec(query);
        const before = cursor.columnNames;
        const rows = cursor.toArray();
        return [before, cursor.columnNames.length, Object.keys(rows[0] ?? {})];
      });
    }
    log.note("last wins", sql.exec("select 1 as a, 2 as b, 3 as a").one());
    log.note(
      "odd names",
      sql
        .exec('select 1 as __proto__, 2 as constructor, 3 as "2", 4 as "1", 5 as "😀", 6 as length')
        .one(),
    );
    log.note(
      "proto",
      Object.getPrototypeOf(sql.exec("select 1 as __proto__").one()) === Object.prototype,
    );
    log.note("fresh", sql.exec("select 1").columnNames === sql.exec("select 1").columnNames);
    const cursor = sql.exec("select 1 as a");
    log.note(
      "same",
      cursor.columnNames === cursor.columnNames,
      Object.isFrozen(cursor.columnNames),
      Object.isFrozen(cursor.next().value),
    );
    return log.response();
  }
}

export default toObject("OBJ");
