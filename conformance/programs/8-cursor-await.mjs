/*
spec: 8.3 cursor
covers: A cursor lives across await and shows later writes
object: OBJ Obj sqlite
*/
import { DurableObject } from "cloudflare:workers";
import { pause, SqlJournal, toObject } from "./observe.mjs";

export class Obj extends DurableObject {
  async fetch() {
    const { storage } = this.ctx;
    const { sql } = storage;
    const log = new SqlJournal(sql);
    sql.exec("create table t (a integer primary key)");
    for (let i = 1; i <= 4; i++) sql.exec("insert into t values (?)", i * 10);
    const cursor = sql.exec("select a from t order by a");
    log.note("before", cursor.next());
    await null;
    log.note("after a microtask", cursor.next());
    await storage.get("x");
    sql.exec("insert into t values (35)");
    log.note("after a storage await", cursor.next());
    await pause(1);
    sql.exec("insert into t values (45)");
    log.note("after a timer", cursor.toArray());
    const kept = sql.exec("select a from t order by a");
    kept.next();
    await pause(1);
    sql.exec("delete from t where a > 10");
    log.note("deleted rows", kept.toArray());
    log.note("counters", kept.rowsRead, kept.columnNames);
    return log.response();
  }
}

export default toObject("OBJ");
