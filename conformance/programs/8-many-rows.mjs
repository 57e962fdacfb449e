/*
spec: 8 SQL
covers: Ten thousand rows: inserted, indexed, read by cursor, updated, deleted
object: OBJ Obj sqlite
*/
import { DurableObject } from "cloudflare:workers";
import { SqlJournal, toObject } from "./observe.mjs";

export class Obj extends DurableObject {
  async fetch() {
    const { storage } = this.ctx;
    const { sql } = storage;
    const log = new SqlJournal(sql);
    sql.exec("create table t (id integer primary key, a int, b text)");
    for (let i = 0; i < 10_000; i++)
      sql.exec("insert into t (a, b) values (?, ?)", (i * 7919) % 1000, `text ${i % 97}`);
    log.queries(
      "select count(*), sum(a), count(distinct b) from t",
      "create index i on t (a)",
      "select count(*) from t where a = 500",
      "select b, count(*) from t group by b order by 2 desc, 1 limit 3",
    );
    let [rows, sum] = [0, 0];
    for (const { id, a } of sql.exec("select id, a from t order by a, id")) {
      rows++;
      sum = (sum * 31 + id + a) % 1_000_003;
    }
    log.note("read", rows, sum);
    log.note(
      "array",
      sql.exec("select * from t").toArray().length,
      sql.exec("select id from t").raw().toArray().length,
    );
    await storage.sync();
    log.queries(
      "update t set a = a + 1 where id % 2 = 0",
      "delete from t where id % 3 = 0",
      "select count(*), sum(a) from t",
      "select count(*) from t a join t b on a.a = b.a where a.id < 100",
      "drop index i",
      "delete from t",
      "select count(*) from t",
      "pragma quick_check",
    );
    log.note("large enough", sql.databaseSize >= 4096);
    return log.response();
  }
}

export default toObject("OBJ");
