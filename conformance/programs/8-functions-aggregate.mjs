/*
spec: 8.5 functions, must-test
covers: The aggregate functions are callable, with DISTINCT, FILTER and ORDER BY
object: OBJ Obj sqlite
*/
import { DurableObject } from "cloudflare:workers";
import { SqlJournal, toObject } from "./observe.mjs";

export class Obj extends DurableObject {
  fetch() {
    const { sql } = this.ctx.storage;
    const log = new SqlJournal(sql);
    sql.exec(
      "create table t (a, b, c); insert into t values (1, 'x', 1.5), (2, 'x', null), (3, 'y', 2)",
    );
    const expressions = [
      "avg(a) from t",
      "avg(b) from t",
      "count(*) from t",
      "count(a) from t",
      "count(distinct b) from t",
      "group_concat(a) from t",
      "group_concat(a, '-') from t",
      "group_concat(distinct b) from t",
      "group_concat(a order by a desc) from t",
      "string_agg(a, '+') from t",
      "max(a) from t",
      "min(a) from t",
      "sum(a) from t",
      "sum(c) from t",
      "total(a) from t",
      "total(a) from t where 0",
      "sum(a) from t where 0",
      "count(*) filter (where a > 1) from t",
      "sum(a) filter (where b = 'x') from t",
      "sum(9223372036854775807) from t",
      "avg('x') from t",
      "max(a, c) from t",
      "json_group_array(a) from t",
      "json_group_object(b, a) from t",
      "count(*) from t group by b having count(*) > 1",
      "median(a) from t",
      "percentile(a, 50) from t",
      "percentile_cont(a, 0.5) from t",
      "percentile_disc(a, 0.5) from t",
    ];
    for (const expression of expressions) log.query(`select ${expression}`);
    return log.response();
  }
}

export default toObject("OBJ");
