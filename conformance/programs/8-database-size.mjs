/*
spec: 8.3 databaseSize, must-test
covers: 4096 when empty; grows by pages; freed pages do not count; shrinks after deleteAll
object: OBJ Obj sqlite
*/
import { DurableObject } from "cloudflare:workers";
import { SqlJournal, toObject } from "./observe.mjs";

export class Obj extends DurableObject {
  async fetch() {
    const { storage } = this.ctx;
    const { sql } = storage;
    const log = new SqlJournal(sql);
    const size = (label) => log.note(label, sql.databaseSize, sql.databaseSize % 4096);
    size("empty");
    sql.exec("select 1");
    size("read");
    sql.exec("create table t (a)");
    size("a table");
    sql.exec("insert into t values (zeroblob(100))");
    size("a row");
    sql.exec("insert into t values (zeroblob(40000))");
    size("a large row");
    sql.exec("delete from t where length(a) > 1000");
    size("deleted");
    sql.exec("create index i on t (a)");
    size("an index");
    sql.exec("drop table t");
    size("dropped");
    await storage.deleteAll();
    size("all deleted");
    sql.exec("create table t (a); insert into t values (zeroblob(1000000))");
    size("a megabyte");
    await storage.deleteAll();
    size("all deleted");
    await storage.sync();
    size("and synced");
    return log.response();
  }
}

export default toObject("OBJ");
