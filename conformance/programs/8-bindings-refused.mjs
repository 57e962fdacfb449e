/*
spec: 8.2 bindings
covers: BigInt, Symbol and objects that cannot be converted; nothing runs then
object: OBJ Obj sqlite
*/
import { DurableObject } from "cloudflare:workers";
import { SqlJournal, toObject } from "./observe.mjs";

export class Obj extends DurableObject {
  fetch() {
    const { sql } = this.ctx.storage;
    const log = new SqlJournal(sql);
    sql.exec("create table t (a)");
    log.query("insert into t values (?)", 5n);
    log.query("insert into t values (?)", Symbol("q"));
    log.attempt("throwing toString", () =>
      sql.exec("insert into t values (?)", {
        toString() {
          throw new RangeError("mine");
        },
      }),
    );
    log.attempt("no prototype", () => sql.exec("insert into t values (?)", Object.create(null)));
    log.attempt("toString gives an object", () =>
      sql.exec("insert into t values (?)", { toString: () => ({}), valueOf: () => ({}) }),
    );
    log.attempt("first statement of several", () =>
      sql.exec("insert into t values (1); insert into t values (?)", 5n),
    );
    log.attempt("too many and refused", () => sql.exec("insert into t values (?)", 1, 5n));
    log.attempt("syntax and refused", () => sql.exec("insert int t values (?)", 5n));
    log.attempt("converted in order", () => {
      const order = [];
      const value = (name) => ({ toString: () => (order.push(name), name) });
      sql.exec("select ?, ?, ?", value("a"), value("b"), value("c"));
      return order;
    });
    log.query("select count(*) as n from t");
    return log.response();
  }
}

export default toObject("OBJ");
