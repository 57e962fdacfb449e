/*
spec: 8.3 rowsRead and rowsWritten
covers: Counters of simple statements, with indexes; a cursor reads one row ahead
object: OBJ Obj sqlite
*/
import { DurableObject } from "cloudflare:workers";
import { SqlJournal, toObject } from "./observe.mjs";

export class Obj extends DurableObject {
  fetch() {
    const { sql } = this.ctx.storage;
    const log = new SqlJournal(sql);
    const counted = (query, ...bindings) =>
      log.attempt(query, () => {
        const cursor = sql.exec(query, ...bindings);
        cursor.toArray();
        return [cursor.rowsRead, cursor.rowsWritten];
      });
    sql.exec("create table t (a integer primary key, b)");
    counted("insert into t (b) values (1)");
    counted("insert into t (b) values (2), (3)");
    counted("select * from t");
    counted("select * from t where a = 2");
    counted("select * from t where b = 2");
    counted("select * from t limit 1");
    counted("update t set b = 5 where a = 1");
    counted("delete from t where a = 3");
    sql.exec("create index i on t (b)");
    counted("insert into t (b) values (7), (8)");
    counted("select * from t where b = 7");
    counted("update t set b = 9 where a = 1");
    counted("delete from t where a = 2");
    counted("delete from t");
    counted("select 1");
    sql.exec("create table u (a)");
    for (let i = 0; i < 5; i++) sql.exec("insert into u values (?)", i);
    const rows = sql.exec("select a from u");
    const seen = [];
    for (let i = 0; i < 7; i++) {
      seen.push(rows.rowsRead);
      rows.next();
    }
    log.note("while reading", seen, rows.rowsWritten);
    return log.response();
  }
}

export default toObject("OBJ");
