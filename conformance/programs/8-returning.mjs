/*
spec: 8 SQL, must-test
covers: RETURNING of insert, update and delete: values, order of effects, expressions
object: OBJ Obj sqlite
*/
import { DurableObject } from "cloudflare:workers";
import { SqlJournal, toObject } from "./observe.mjs";

export class Obj extends DurableObject {
  fetch() {
    const { sql } = this.ctx.storage;
    const log = new SqlJournal(sql);
    sql.exec(
      "create table t (id integer primary key autoincrement, a, b default 'd', c as (a || '!'))",
    );
    log.queries(
      "insert into t (a) values (1), (2), (3) returning *",
      "insert into t (a, b) select a * 10, 'x' from t returning id, a as ten, c",
      "update t set a = a + 1 where id < 3 returning id, a, b || '?' as q",
      "delete from t where id > 4 returning id, a",
      "update t set a = 0 where 0 returning id",
      "insert into t default values returning *",
      "delete from t where id = 1 returning (select count(*) from t) as n",
      "insert into t (a) values (7) returning typeof(id), rowid, last_insert_rowid()",
      "insert into t (a) values (8) returning absent",
      "insert into t (a) values (8) returning count(*)",
      "insert into t (a) values (8) returning sum(a) over ()",
      "replace into t (id, a) values (2, 'r') returning *",
      "select id, a from t order by id",
      "delete from t returning id",
      "select * from sqlite_sequence",
    );
    log.note("one", sql.exec("insert into t (a) values ('one') returning id").one());
    log.note(
      "counters",
      sql.exec("insert into t (a) values ('two') returning id").toArray().length,
    );
    return log.response();
  }
}

export default toObject("OBJ");
