/*
spec: 8.1 exec
covers: Statements run to their first row inside exec; errors of compile, binding and first step throw there
covers: A failing later row throws at the cursor
object: OBJ Obj sqlite
*/
import { DurableObject } from "cloudflare:workers";
import { SqlJournal, toObject } from "./observe.mjs";

export class Obj extends DurableObject {
  fetch() {
    const { sql } = this.ctx.storage;
    const log = new SqlJournal(sql);
    log.query("create table t (a integer primary key, b)");
    log.attempt("not read", () => typeof sql.exec("insert into t (b) values (1), (2)"));
    log.attempt("not read either", () => {
      const cursor = sql.exec("insert into t (b) values (3), (4) returning a");
      log.query("select * from t");
      return cursor.toArray();
    });
    log.attempt("compile", () => sql.exec("select absent from t"));
    log.attempt("first step", () => sql.exec("insert into t (a) values (1)"));
    log.attempt("first row", () => sql.exec("select json_extract(b, 'x') from t"));
    let cursor;
    log.attempt("second row is not reached", () => {
      cursor = sql.exec("select json(value) as v from (select '1' as value union all select 'x')");
      return typeof cursor;
    });
    log.attempt("row", () => cursor?.next());
    log.attempt("updated while reading nothing", () => {
      const cursor = sql.exec("update t set b = b * 10 where a > 2 returning b");
      const values = sql.exec("select b from t order by a").raw().toArray();
      return [values, cursor.toArray()];
    });
    return log.response();
  }
}

export default toObject("OBJ");
