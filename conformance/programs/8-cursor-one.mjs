/*
spec: 8.3 one
covers: The only row, none, several; what is left of the cursor
object: OBJ Obj sqlite
*/
import { DurableObject } from "cloudflare:workers";
import { SqlJournal, toObject } from "./observe.mjs";

export class Obj extends DurableObject {
  fetch() {
    const { sql } = this.ctx.storage;
    const log = new SqlJournal(sql);
    log.attempt("one", () => sql.exec("select 1 as a, 'x' as b").one());
    log.attempt("none", () => sql.exec("select 1 as a where 0").one());
    log.attempt("no columns", () => sql.exec("create table t (a)").one());
    log.attempt("several", () => sql.exec("select 1 as a union all select 2").one());
    log.attempt("insert returning", () => sql.exec("insert into t values (5) returning a").one());
    const several = sql.exec("select value from json_each('[1,2,3]')");
    log.attempt("several", () => several.one());
    log.attempt("what is left", () => several.toArray());
    const twice = sql.exec("select 1 as a");
    log.attempt("first", () => twice.one());
    log.attempt("second", () => twice.one());
    const read = sql.exec("select value from json_each('[1,2]')");
    log.attempt("next, then one", () => [read.next(), read.one()]);
    const three = sql.exec("select value from json_each('[1,2,3]')");
    log.attempt("next, then one of two", () => [three.next(), three.one()]);
    log.attempt("left", () => three.toArray());
    log.attempt("raw has one?", () => typeof sql.exec("select 1").raw().one);
    return log.response();
  }
}

export default toObject("OBJ");
