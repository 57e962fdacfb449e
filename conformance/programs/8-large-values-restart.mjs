/*
spec: 8 SQL
covers: Large rows over many pages, before and after a restart
object: OBJ Obj sqlite
request: GET /write
request: GET /read
restart:
request: GET /read
*/
import { DurableObject } from "cloudflare:workers";
import { SqlJournal, toObject } from "./observe.mjs";

export class Obj extends DurableObject {
  async fetch(request) {
    const { storage } = this.ctx;
    const { sql } = storage;
    const log = new SqlJournal(sql);
    const bytes = (size, seed) => Uint8Array.from({ length: size }, (_, i) => (i * seed) % 251);
    if (new URL(request.url).pathname === "/write") {
      sql.exec("create table t (id integer primary key, a blob)");
      for (const [i, size] of [0, 1, 4000, 4096, 5000, 100_000, 1_000_000].entries())
        sql.exec("insert into t values (?, ?)", i, bytes(size, i + 3));
      await storage.sync();
      sql.exec("update t set a = ? where id = 5", bytes(70_000, 11));
      sql.exec("delete from t where id = 4");
    }
    for (const { id, a } of sql.exec("select * from t")) log.note(id, a);
    log.query("pragma quick_check");
    return log.response();
    return log.response();
  }
}

export default toObject("OBJ");
