/*
spec: 8.1 exec, must-test
covers: Two interleaved cursors of equal text are independent; one cursor plus its raw()
object: OBJ Obj sqlite
*/
import { DurableObject } from "cloudflare:workers";
import { SqlJournal, toObject } from "./observe.mjs";

export class Obj extends DurableObject {
  fetch() {
    const { sql } = this.ctx.storage;
    const log = new SqlJournal(sql);
    sql.exec("create table t (a integer primary key)");
    for (let i = 1; i <= 5; i++) sql.exec("insert into t values (?)", i);
    const text = "select a from t where a >= ? order by a";
    const one = sql.exec(text, 1);
    const two = sql.exec(text, 3);
    const three = sql.exec(text, 5);
    log.note("one", one.next(), one.next());
    log.note("two", two.next());
    log.note("one", one.next());
    log.note("three", three.toArray());
    log.note("two", two.toArray());
    log.note("one", one.toArray(), one.toArray());
    log.note("again", sql.exec(text, 4).toArray());
    const cursors = Array.from({ length: 20 }, (_, i) => sql.exec(text, (i % 5) + 1));
    log.note(
      "twenty",
      cursors.map((cursor) => cursor.raw().next().value[0]),
    );
    log.note(
      "twenty",
      cursors.map((cursor) => cursor.toArray().length),
    );
    const changing = sql.exec("select * from t");
    log.note("columns", changing.toArray().length, changing.columnNames);
    sql.exec("alter table t add column b default 'new'");
    const after = sql.exec("select * from t");
    log.note(
      "after a change of the table",
      after.next(),
      after.columnNames,
      after.toArray().length,
    );
    sql.exec("drop table t");
    log.query("select * from t");
    sql.exec("create table t (other)");
    log.query("select * from t");
    return log.response();
  }
}

export default toObject("OBJ");
