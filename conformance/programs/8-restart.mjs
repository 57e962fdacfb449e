/*
spec: 8 SQL, must-test
covers: Tables, indexes, triggers, FTS5 and R*Tree are there after a restart; counters of AUTOINCREMENT go on
object: OBJ Obj sqlite
request: GET /write
restart:
request: GET /read
restart:
request: GET /read
*/
import { DurableObject } from "cloudflare:workers";
import { SqlJournal, toObject } from "./observe.mjs";

export class Obj extends DurableObject {
  fetch(request) {
    const { storage } = this.ctx;
    const { sql } = storage;
    const log = new SqlJournal(sql);
    const { pathname } = new URL(request.url);
    if (pathname === "/write") {
      sql.exec(
        "create table t (id integer primary key autoincrement, a, b as (a * 2)); create index i on t (a); create view v as select a from t; create trigger g after insert on t begin insert into l values (new.a); end; create table l (a)",
      );
      sql.exec(
        "insert into t (a) values (1), (2); delete from t where id = 2; create virtual table f using fts5(x); insert into f values ('some words'); create virtual table r using rtree(id, x0, x1); insert into r values (1, 0, 10)",
      );
      for (let i = 0; i < 200; i++) sql.exec("insert into l values (?)", "x".repeat(i * 10));
      storage.kv.put("key", new Map([[1, 2]]));
    } else {
      log.queries(
        "insert into t (a) values (5)",
        "select * from t",
        "select * from v",
        "select count(*), sum(length(a)) from l",
        "select * from f where f match 'words'",
        "select * from r where x0 < 5",
        "pragma quick_check",
        "select type, name from sqlite_master where name not like '_cf_%' order by name",
      );
      log.note("key", storage.kv.get("key"), sql.databaseSize > 4096 * 10);
    }
    return log.response();
    return log.response();
  }
}

export default toObject("OBJ");
