/*
spec: 8.3 cursor, 7.2
covers: Cursors open while a transaction is rolled back or the database is deleted
object: OBJ Obj sqlite
*/
import { DurableObject } from "cloudflare:workers";
import { SqlJournal, toObject } from "./observe.mjs";

export class Obj extends DurableObject {
  async fetch() {
    const { storage } = this.ctx;
    const { sql } = storage;
    const log = new SqlJournal(sql);
    sql.exec("create table t (a); insert into t values (1), (2), (3)");
    const before = sql.exec("select a from t");
    before.next();
    let inside;
    log.attempt("rolled back", () =>
      storage.transactionSync(() => {
        sql.exec("insert into t values (4)");
        inside = sql.exec("select a from t");
        inside.next();
        throw new RangeError("mine");
      }),
    );
    log.attempt("from before", () => before.next());
    log.attempt("from inside", () => inside.next());
    log.query("select a from t");
    log.attempt("committed", () =>
      storage.transactionSync(() => {
        sql.exec("insert into t values (5)");
        inside = sql.exec("select a from t");
        inside.next();
      }),
    );
    log.attempt("from inside", () => inside.toArray());
    const open = sql.exec("select a from t");
    const raw = sql.exec("select a from t").raw();
    const done = sql.exec("select 1 as a");
    done.toArray();
    open.next();
    raw.next();
    await storage.deleteAll();
    log.attempt("cursor of a deleted database", () => open.next());
    log.attempt("once more", () => open.toArray());
    log.attempt("raw of it", () => raw.next());
    log.attempt("one at its end", () => done.toArray());
    log.attempt("names", () => open.columnNames);
    log.attempt("counters", () => typeof open.rowsRead);
    log.query("select a from t");
    log.query("create table t (z)");
    log.query("select * from t");
    return log.response();
  }
}

export default toObject("OBJ");
