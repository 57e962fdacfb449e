/*
spec: 8.7 limits, must-test
covers: Rows, texts and blobs of up to a megabyte and a half; what no version allows
object: OBJ Obj sqlite
*/
import { DurableObject } from "cloudflare:workers";
import { SqlJournal, toObject } from "./observe.mjs";

export class Obj extends DurableObject {
  async fetch() {
    const { storage } = this.ctx;
    const { sql } = storage;
    const log = new SqlJournal(sql);
    sql.exec("create table t (a integer primary key, b)");
    for (const size of [1000, 65_536, 1_000_000, 1_500_000]) {
      log.attempt(`blob ${size}`, () =>
        sql
          .exec(
            "insert into t (b) values (?) returning length(b) as n",
            new Uint8Array(size).fill(size),
          )
          .one(),
      );
      log.attempt(`text ${size}`, () =>
        sql
          .exec("insert into t (b) values (?) returning length(b) as n", "é".repeat(size / 2))
          .one(),
      );
      log.attempt(`zeroblob ${size}`, () =>
        sql.exec("insert into t (b) values (zeroblob(?)) returning length(b) as n", size).one(),
      );
    }
    await storage.sync();
    log.query("select a, typeof(b), length(b), hex(substr(b, 1, 2)) from t");
    log.attempt("read", () => sql.exec("select b from t where a = 10").one().b.byteLength);
    log.attempt("zeroblob of two gigabytes", () =>
      sql.exec("select zeroblob(2000000000) as b").toArray(),
    );
    log.attempt("zeroblob of four", () => sql.exec("select zeroblob(4000000000) as b").toArray());
    log.attempt("randomblob of two", () =>
      sql.exec("select length(randomblob(2000000000)) as b").toArray(),
    );
    log.attempt("negative", () =>
      sql.exec("select zeroblob(-1) as b, length(randomblob(-1)) as c").toArray(),
    );
    log.attempt("insert", () =>
      sql.exec("insert into t (b) values (zeroblob(2000000000))").toArray(),
    );
    log.attempt("rows", () => sql.exec("select count(*) as n from t").one());
    return log.response();
  }
}

export default toObject("OBJ");
