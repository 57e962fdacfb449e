/*
spec: 8.3 rowsRead and rowsWritten
covers: Counters of statements that define tables and indexes, of sorting, grouping, triggers and virtual tables
object: OBJ Obj sqlite
*/
import { DurableObject } from "cloudflare:workers";
import { SqlJournal, toObject } from "./observe.mjs";

export class Obj extends DurableObject {
  fetch() {
    const { sql } = this.ctx.storage;
    const log = new SqlJournal(sql);
    const counted = (query, ...bindings) =>
      log.attempt(query, () => {
        const cursor = sql.exec(query, ...bindings);
        cursor.toArray();
        return [cursor.rowsRead, cursor.rowsWritten];
      });
    counted("create table t (a integer primary key, b)");
    counted("insert into t (b) values (3), (1), (2)");
    counted("create index i on t (b)");
    counted("select * from t order by b desc");
    counted("select b + 0, count(*) from t group by 1");
    counted("select * from t x, t y");
    counted("create trigger g after insert on t begin delete from t where a = new.a - 1; end");
    counted("insert into t (b) values (9)");
    counted("select value from json_each('[1,2,3]')");
    counted("create virtual table f using fts5(x)");
    counted("insert into f values ('some words')");
    counted("alter table t add column c");
    counted("drop table t");
    return log.response();
  }
}

export default toObject("OBJ");
