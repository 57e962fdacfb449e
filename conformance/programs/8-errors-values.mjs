/*
spec: 8.8 error format
covers: Errors while a statement runs: mismatches, overflow, JSON, patterns, subqueries
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
      "select sum(9223372036854775807) from (select 1 union all select 2)",
      "select abs(-9223372036854775808)",
      "select json('x')",
      "select json_extract('{}', '$[')",
      "select json_set('{}', 'a', 1)",
      "select json_insert('{}', '$.a')",
      "select json_object(1, 2)",
      "select json_array_length('{', '$')",
      "select x'00' -> 'a'",
      "select jsonb(x'ff')",
      "select 1 limit 'x'",
      "select 1 limit 1 offset 'x'",
      "select 'a' like 'b' escape 'cc'",
      "select char(1114112)",
      "select zeroblob(-5)",
      "select printf('%')",
      "select strftime()",
      "select group_concat()",
      "select substr('a')",
      "select ntile(0) over ()",
      "select nth_value(1, 0) over ()",
      "select lag(1, -1) over ()",
      "select sum(1) over (rows between 1 following and 1 preceding)",
      "select sum(1) over (rows between -1 preceding and current row)",
      "select sum(1) over (rows between 'x' preceding and current row)",
      "select raise(abort, 'x')",
      "insert into t select * from t where a = (select 1, 2)",
      "select replace('a', '', 'b')",
      "select instr(null, 1)",
      "select length(randomblob(0))",
      "select max(distinct 1, 2)",
      "select count(distinct 1, 2)",
      "select unhex('abc')",
      "select cast('x' as nonsense)",
      "select 1 collate absent",
      "select date('now', 'nonsense')",
      "select timediff('x', 'y')",
      "select julianday('-4714-01-01')",
      "select datetime('9999-12-31 23:59:60')",
      "select round('x', 'y')",
      "select trim('abc', '')",
      "select likelihood(1, a) from t",
      "select concat()",
      "select concat_ws(',')",
      "select iif(1)",
      "select coalesce(1)",
      "select nullif(1)",
      "select glob('[', 'a')",
      "select 'a' glob '[a'",
      "select unicode('')",
      "select quote(zeroblob(3))",
      "select soundex(null)",
      "select 5 / 0, 5 % 0, 5.0 / 0",
      "select -9223372036854775808 / -1",
      "select 1 << -1",
      "select '5' + '6', 'x' + 1, x'31' + 1",
    );
    return log.response();
  }
}

export default toObject("OBJ");
