/*
spec: 8.3 cursor
covers: next, done, the end of a cursor
object: OBJ Obj sqlite
*/
import { DurableObject } from "cloudflare:workers";
import { SqlJournal, toObject } from "./observe.mjs";

export class Obj extends DurableObject {
  fetch() {
    const { sql } = this.ctx.storage;
    const log = new SqlJournal(sql);
    const cursor = sql.exec("select value as v from json_each('[10,20,30]')");
    for (let i = 0; i < 5; i++) log.note("next", cursor.next());
    log.note("toArray after the end", cursor.toArray());
    log.note(
      "own keys of a step",
      Object.keys(sql.exec("select 1 as a").next()),
      Object.keys(sql.exec("select 1 where 0").next()),
    );
    const partly = sql.exec("select value as v from json_each('[10,20,30]')");
    partly.next();
    log.note("remaining", partly.toArray(), partly.next());
    const none = sql.exec("create table t (a)");
    log.note("no rows", none.next(), none.toArray(), none.next());
    log.note("empty", sql.exec("select * from t").toArray());
    log.note(
      "returning",
      sql.exec("insert into t values (1), (2) returning a, rowid as id").toArray(),
    );
    const early = sql.exec("insert into t values (3), (4) returning a");
    log.note("one of returning", early.next());
    log.note("the other", early.toArray());
    log.query("select a from t");
    log.note("a spread cursor", [...sql.exec("select a from t")]);
    log.note(
      "Array.from",
      Array.from(sql.exec("select a from t"), ({ a }) => a * 2),
    );
    log.note("destructured", (([first, second]) => [first, second])(sql.exec("select a from t")));
    return log.response();
  }
}

export default toObject("OBJ");
