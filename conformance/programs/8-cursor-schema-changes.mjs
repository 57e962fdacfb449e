/*
spec: 8.3 cursor
covers: DROP and ALTER of tables under an open cursor, other changes of the schema
object: OBJ Obj sqlite
*/
import { DurableObject } from "cloudflare:workers";
import { SqlJournal, toObject } from "./observe.mjs";

export class Obj extends DurableObject {
  fetch() {
    const { sql } = this.ctx.storage;
    const log = new SqlJournal(sql);
    sql.exec(
      "create table t (a, b); insert into t values (1, 2), (3, 4), (5, 6); create table u (c); create index i on t (b)",
    );
    const cursor = sql.exec("select * from t");
    cursor.next();
    log.queries(
      "drop table t",
      "drop table u",
      "alter table t add column d",
      "alter table t rename to v",
      "alter table t drop column b",
      "drop index i",
      "create table w (a)",
      "create index j on t (a)",
      "create view y as select 1",
      "drop view y",
      "reindex",
      "analyze",
      "vacuum",
    );
    log.attempt("the cursor", () => cursor.next());
    log.attempt("the rest", () => cursor.toArray());
    log.queries("drop table t", "drop table w");
    log.note(
      "left",
      sql
        .exec(
          "select name from sqlite_master where name not like '_cf_%' and name not like 'sqlite_stat%' order by name",
        )
        .raw()
        .toArray(),
    );
    return log.response();
  }
}

export default toObject("OBJ");
