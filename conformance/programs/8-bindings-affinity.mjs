/*
spec: 8.2 bindings, must-test
covers: Values in columns of each affinity, with typeof()
object: OBJ Obj sqlite
*/
import { DurableObject } from "cloudflare:workers";
import { SqlJournal, toObject } from "./observe.mjs";

export class Obj extends DurableObject {
  fetch() {
    const { sql } = this.ctx.storage;
    const log = new SqlJournal(sql);
    sql.exec(
      "create table t (i integer, n numeric, r real, t text, b blob, x, bool boolean, d date, v varchar(2))",
    );
    const columns = ["i", "n", "r", "t", "b", "x", "bool", "d", "v"];
    const values = [
      1,
      -0,
      1.5,
      2 ** 53,
      1e300,
      "1",
      "1.0",
      "1.50",
      "0x10",
      " 7 ",
      "abc",
      "",
      true,
      false,
      null,
      undefined,
      NaN,
      Infinity,
      new Uint8Array([49, 50]),
      new Uint8Array(),
      [3],
      "9007199254740993",
    ];
    for (const value of values) {
      sql.exec("delete from t");
      log.attempt("insert", () => {
        sql.exec(
          `insert into t values (${columns.map(() => "?").join()})`,
          ...columns.map(() => value),
        );
        return value;
      });
      for (const column of columns)
        log.attempt(
          `  ${column}`,
          () => sql.exec(`select typeof(${column}), ${column} from t`).raw().next().value,
        );
    }
    log.query("select 1 = ?, '1' = ?, 1.0 = ?, cast(? as integer), ? || ''", 1, 1, 1, 1, 1);
    log.query("select ? + 1, ? / 2, 5 / ?, 7 % ?, -?, ? & 3, typeof(? + 1)", 1, 3, 2, 4, 5, 6, 7);
    log.query("select value from json_each('[1,2,3]') limit ?", 2);
    log.query("select value from json_each('[1,2,3]') limit ?", 1.5);
    log.query("select value from json_each('[1,2,3]') limit ? offset ?", "1", 1);
    return log.response();
  }
}

export default toObject("OBJ");
