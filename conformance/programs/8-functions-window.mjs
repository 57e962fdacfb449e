/*
spec: 8.5 functions, must-test
covers: The window functions are callable, with frames
object: OBJ Obj sqlite
*/
import { DurableObject } from "cloudflare:workers";
import { SqlJournal, toObject } from "./observe.mjs";

export class Obj extends DurableObject {
  fetch() {
    const { sql } = this.ctx.storage;
    const log = new SqlJournal(sql);
    sql.exec("create table t (a, b); insert into t values (1, 'x'), (2, 'x'), (3, 'y'), (4, 'z')");
    const expressions = [
      "row_number() over (order by a) from t",
      "rank() over (order by b) from t",
      "dense_rank() over (order by b) from t",
      "percent_rank() over (order by b) from t",
      "cume_dist() over (order by b) from t",
      "ntile(2) over (order by a) from t",
      "lag(a) over (order by a) from t",
      "lag(a, 2, 'none') over (order by a) from t",
      "lead(a) over (order by a) from t",
      "first_value(a) over (partition by b order by a) from t",
      "last_value(a) over (partition by b order by a) from t",
      "nth_value(a, 2) over (order by a) from t",
      "sum(a) over () from t",
      "sum(a) over (order by a rows between 1 preceding and 1 following) from t",
      "sum(a) over (order by a range between unbounded preceding and current row) from t",
      "group_concat(a) over (order by b groups current row) from t",
      "sum(a) over (order by a rows between 1 preceding and current row exclude current row) from t",
      "count(*) over w from t window w as (partition by b)",
      "sum(a) filter (where a > 1) over (order by a) from t",
      "row_number() from t",
      "abs(a) over () from t",
    ];
    for (const expression of expressions) log.query(`select ${expression}`);
    return log.response();
  }
}

export default toObject("OBJ");
