/*
spec: 8.3 cursor, must-test
covers: Writes to the table under an open cursor: rows inserted, updated and deleted ahead and behind
object: OBJ Obj sqlite
*/
import { DurableObject } from "cloudflare:workers";
import { SqlJournal, toObject } from "./observe.mjs";

export class Obj extends DurableObject {
  fetch() {
    const { sql } = this.ctx.storage;
    const log = new SqlJournal(sql);
    const fill = () => {
      sql.exec("drop table if exists t; create table t (a integer primary key, b)");
      for (let i = 1; i <= 6; i++) sql.exec("insert into t values (?, ?)", i * 10, `b${i}`);
    };
    const walk = (label, change) => {
      fill();
      const seen = [];
      for (const { a, b } of sql.exec("select a, b from t order by a")) {
        seen.push(`${a}=${b}`);
        change(a);
        if (seen.length > 20) break;
      }
      log.note(label, seen.join(" "));
      log.note("  after", sql.exec("select a from t").raw().toArray().join(" "));
    };
    walk("nothing", () => {});
    walk("update here", (a) => sql.exec("update t set b = 'new' where a = ?", a));
    walk("update ahead", (a) => sql.exec("update t set b = 'new' where a = ?", a + 20));
    walk("delete here", (a) => sql.exec("delete from t where a = ?", a));
    walk("delete ahead", (a) => sql.exec("delete from t where a = ?", a + 20));
    walk("delete all", () => sql.exec("delete from t"));
    walk("insert behind", (a) => sql.exec("insert or ignore into t values (?, 'x')", a - 1));
    walk(
      "insert ahead",
      (a) => a < 100 && sql.exec("insert or ignore into t values (?, 'x')", a + 25),
    );
    walk(
      "insert at the end",
      (a) => a < 100 && sql.exec("insert into t values ((select max(a) + 10 from t), 'x')"),
    );
    return log.response();
  }
}

export default toObject("OBJ");
