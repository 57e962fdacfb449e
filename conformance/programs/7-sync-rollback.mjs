/*
spec: 7.2 transactionSync
covers: A throw rolls back KV, SQL and schema, and throws on; the object lives on
object: OBJ Obj sqlite
*/
import { DurableObject } from "cloudflare:workers";
import { asking, perform } from "./observe.mjs";

export class Obj extends DurableObject {
  fetch(request) {
    return perform(this, request);
  }
  memory = "same memory";
  async run(log) {
    const { storage } = this.ctx;
    const { kv, sql } = storage;
    sql.exec("create table t (x); insert into t values (1)");
    kv.put("kept", 1);
    await storage.put("async", 1);
    for (const [label, thrown] of [
      ["an error", new RangeError("mine")],
      ["text", "text"],
      ["undefined", undefined],
      ["an object", { a: 1 }],
    ]) {
      try {
        storage.transactionSync(() => {
          sql.exec(
            "insert into t values (2); create table u (y); drop table if exists v; update t set x = x + 10",
          );
          kv.put("kept", 2);
          kv.put("new", 2);
          kv.delete("async");
          storage.put("unawaited", 3);
          storage.delete("kept");
          throw thrown;
        });
      } catch (error) {
        log.note(label, error === thrown, error);
      }
      log.note(
        "  left",
        [...kv.list()],
        sql.exec("select x from t").raw().toArray(),
        sql.exec("select count(*) as n from sqlite_master where name in ('u', 'v')").one().n,
      );
    }
    log.attempt("an error of SQL", () =>
      storage.transactionSync(() => {
        kv.put("kept", 3);
        sql.exec("insert into absent values (1)");
      }),
    );
    log.attempt("caught inside", () =>
      storage.transactionSync(() => {
        kv.put("caught", 1);
        try {
          sql.exec("insert into absent values (1)");
        } catch {}
        sql.exec("insert into t values (7)");
        return "fine";
      }),
    );
    log.note("left", [...kv.list()], sql.exec("select x from t").raw().toArray());
  }
  async look(log) {
    log.note(
      "later",
      this.memory,
      await this.ctx.storage.list(),
      this.ctx.storage.sql.exec("select x from t").raw().toArray(),
    );
  }
}

export default asking("OBJ", ["run", "look"]);
