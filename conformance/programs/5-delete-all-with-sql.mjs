/*
spec: 5.5 deleteAll
covers: Tables, indexes and keys are gone, open writes with them; what follows stays
object: OBJ Obj sqlite
request: GET /run
request: GET /look
restart:
request: GET /look
*/
import { DurableObject } from "cloudflare:workers";
import { perform, toObject } from "./observe.mjs";

export class Obj extends DurableObject {
  fetch(request) {
    return perform(this, request);
  }
  async run(log) {
    const { storage } = this.ctx;
    const { sql, kv } = storage;
    sql.exec(
      "create table t (a); insert into t values (1); create view v as select 1; create virtual table f using fts5(x); insert into f values ('words')",
    );
    kv.put("a", 1);
    await storage.sync();
    sql.exec("insert into t values (2); create table pending (a)");
    kv.put("pending", 1);
    log.note("deleteAll", await storage.deleteAll());
    log.note(
      "left",
      [...kv.list()],
      sql.exec("select name from sqlite_master where name not like '_cf_%'").toArray(),
      sql.databaseSize,
    );
    sql.exec("create table t (b); insert into t values ('new')");
    kv.put("b", 2);
    log.note("new", sql.exec("select * from t").toArray(), [...kv.list()]);
    const deleting = storage.deleteAll();
    log.attempt("at once", () => sql.exec("select * from t").toArray());
    sql.exec("create table if not exists u (c)");
    await deleting;
    log.note(
      "then",
      sql.exec("select name from sqlite_master where name not like '_cf_%'").raw().toArray(),
    );
  }
  look(log) {
    const { sql, kv } = this.ctx.storage;
    log.note(
      "left",
      [...kv.list()],
      sql.exec("select name from sqlite_master where name not like '_cf_%'").raw().toArray(),
    );
  }
}

export default toObject("OBJ");
