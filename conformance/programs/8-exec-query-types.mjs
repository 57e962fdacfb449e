/*
spec: 8.1 exec
covers: A query that is no string is converted; a missing one is a TypeError
object: OBJ Obj sqlite
*/
import { DurableObject } from "cloudflare:workers";
import { SqlJournal, toObject } from "./observe.mjs";

export class Obj extends DurableObject {
  fetch() {
    const { sql } = this.ctx.storage;
    const log = new SqlJournal(sql);
    log.attempt("none", () => sql.exec());
    log.attempt("undefined", () => sql.exec(undefined));
    log.attempt("null", () => sql.exec(null));
    log.attempt("number", () => sql.exec(5));
    log.attempt("boolean", () => sql.exec(true));
    log.attempt("object", () => sql.exec({}));
    log.attempt("own toString", () => sql.exec({ toString: () => "select 1 as a" }).toArray());
    log.attempt("throwing toString", () =>
      sql.exec({
        toString() {
          throw new RangeError("mine");
        },
      }),
    );
    log.attempt("array", () => sql.exec(["select 1 as a", "2 as b"]).toArray());
    log.attempt("symbol", () => sql.exec(Symbol("q")));
    log.attempt("bigint", () => sql.exec(5n));
    log.attempt("String object", () => sql.exec(new String("select 1 as a")).toArray());
    log.attempt("detached", () => (0, sql.exec)("select 1"));
    log.attempt("other this", () => sql.exec.call({}, "select 1"));
    log.attempt("emoji", () => sql.exec("select '😀' as \"é\", length('😀') as n").toArray());
    log.attempt("byte order mark", () => sql.exec("\ufeffselect 1 as a").toArray());
    return log.response();
  }
}

export default toObject("OBJ");
