/*
spec: 8.1 exec
covers: Rows of statements before the last are dropped; what stays open of them
object: OBJ Obj sqlite
*/
import { DurableObject } from "cloudflare:workers";
import { Journal } from "./observe.mjs";

export class Obj extends DurableObject {
  async fetch(request) {
    const { sql } = this.ctx.storage;
    const log = new Journal();
    switch (new URL(request.url).pathname) {
      case "/drop":
        sql.exec("create table t (a); insert into t values (1), (2)");
        log.attempt("select, drop", () => sql.exec("select a from t; drop table t").toArray());
        log.attempt("select, create", () =>
          sql.exec("select a from t; create table u (a)").toArray(),
        );
        log.attempt("drop later", () => sql.exec("drop table t").toArray());
        break;
      case "/one-row":
        sql.exec("create table t (a); insert into t values (1)");
        log.attempt("select, drop", () => sql.exec("select a from t; drop table t").toArray());
        break;
      case "/no-row":
        sql.exec("create table t (a)");
        log.attempt("select, drop", () => sql.exec("select a from t; drop table t").toArray());
        break;
      case "/returning":
        sql.exec("create table t (a)");
        log.attempt("insert, select", () =>
          sql.exec("insert into t values (7), (8) returning a; select 1 as b").toArray(),
        );
        break;
    }
    return log.response();
  }
}

export default {
  async fetch(_request, { OBJ }) {
    const log = new Journal();
    for (const path of ["drop", "one-row", "no-row", "returning"]) {
      try {
        const answer = await OBJ.getByName(path).fetch(`http://x/${path}`);
        log.note(path, (await answer.text()).split("\n"));
      } catch (error) {
        log.note(`${path} fails`, error.constructor.name);
      }
    }
    return log.response();
  },
};
