/*
spec: 8.2 values, must-test
covers: NULL, INTEGER, REAL, TEXT and BLOB as JavaScript values
covers: Integers beyond 2^53 lose precision silently
object: OBJ Obj sqlite
*/
import { DurableObject } from "cloudflare:workers";
import { SqlJournal, toObject } from "./observe.mjs";

export class Obj extends DurableObject {
  fetch() {
    const { sql } = this.ctx.storage;
    const log = new SqlJournal(sql);
    log.queries(
      "select null, 1, -1, 0, 1.0, 1.5, 'text', '', x'', x'00ff'",
      "select 9007199254740991, 9007199254740992, 9007199254740993, -9007199254740993",
      "select 9223372036854775807, -9223372036854775808, 9223372036854775808",
      "select 9223372036854775807 = 9223372036854775806 as equal, typeof(9223372036854775807)",
      "select 1e999, -1e999, 1e999 - 1e999, -0.0, 1e-400, 1.7976931348623157e308",
      "select true, false, 1 = 1, 1 = 2, null = null, null is null",
      "select 'é😀' as t, length('é😀'), hex('é😀'), char(0x1F600), char(65, 0, 66), length('a' || char(0) || 'b')",
      "select cast(x'ff41' as text) as invalid, cast(x'c3' as text) as short, cast(x'eda080' as text) as surrogate",
      "select cast('12abc' as integer), cast('abc' as real), cast(1.9 as integer), cast(-1.9 as integer), cast(65 as blob), cast(1e20 as integer)",
      "select 7 / 2, 7 / 2.0, 7 % 3, -7 / 2, -7 % 3, 1 / 0, 1 % 0, 0.1 + 0.2, 1e15, 1e16, 123456789012345680.0",
      "select 0x7fffffffffffffff, 0xffffffffffffffff, 1_000_000",
      "select typeof(1), typeof(1.0), typeof('1'), typeof(x'31'), typeof(null), typeof(9223372036854775808)",
      "select 9223372036854775807 + 1, typeof(9223372036854775807 + 1), 9223372036854775807 * 2",
      "select 1 << 62, 1 << 63, 1 << 64, -1 >> 1, ~5, 5 & 3, 5 | 3",
    );
    log.note("blob", sql.exec("select x'0102' as b").one().b instanceof ArrayBuffer);
    sql.exec("create table t (i integer)");
    sql.exec(
      "insert into t values (?), (9007199254740993), (cast('9007199254740993' as integer))",
      2 ** 53,
    );
    log.query("select i, i % 10 as last, typeof(i) from t");
    return log.response();
  }
}

export default toObject("OBJ");
