/*
spec: 8.8 transaction statements
covers: BEGIN, COMMIT, END, ROLLBACK, SAVEPOINT and RELEASE are refused, also among others
object: OBJ Obj sqlite
*/
import { DurableObject } from "cloudflare:workers";
import { SqlJournal, toObject } from "./observe.mjs";

export class Obj extends DurableObject {
  async fetch() {
    const { storage } = this.ctx;
    const { sql } = storage;
    const log = new SqlJournal(sql);
    sql.exec("create table t (a)");
    log.queries(
      "begin",
      "BEGIN TRANSACTION",
      "begin immediate",
      "begin exclusive",
      "begin deferred transaction",
      "commit",
      "COMMIT TRANSACTION",
      "end",
      "end transaction",
      "rollback",
      "rollback transaction",
      "savepoint a",
      "release a",
      "release savepoint a",
      "rollback to a",
      "rollback to savepoint a",
      "insert into t values (1); begin; insert into t values (2)",
      "insert into t values (3); commit",
      "explain begin",
      "explain commit",
      "select a from t",
    );
    log.attempt("in transactionSync", () => storage.transactionSync(() => sql.exec("rollback")));
    log.attempt("of its name", () =>
      storage.transactionSync(() => sql.exec("release _cf_sync_savepoint_0")),
    );
    await log.try("in transaction", () => storage.transaction(async () => sql.exec("commit")));
    log.query("select a from t");
    return log.response();
  }
}

export default toObject("OBJ");
