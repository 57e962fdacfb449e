/*
spec: 8.6 pragmas, must-test
covers: foreign_keys is on at the start; it changes only where no transaction is open, and lasts
object: OBJ Obj sqlite
*/
import { DurableObject } from "cloudflare:workers";
import { pause, SqlJournal, toObject } from "./observe.mjs";

export class Obj extends DurableObject {
  async fetch() {
    const { storage } = this.ctx;
    const { sql } = storage;
    const log = new SqlJournal(sql);
    log.query("pragma foreign_keys");
    sql.exec("create table p (a primary key); create table c (a references p)");
    log.queries(
      "insert into c values (1)",
      "pragma foreign_keys = off",
      "pragma foreign_keys",
      "insert into c values (1)",
    );
    await storage.sync();
    await pause(1);
    log.queries(
      "pragma foreign_keys = off",
      "pragma foreign_keys",
      "insert into c values (1)",
      "pragma foreign_keys = on",
      "pragma foreign_keys",
    );
    await storage.sync();
    await pause(1);
    log.queries("pragma foreign_keys", "insert into c values (2)", "select * from c");
    await storage.sync();
    await pause(1);
    log.queries(
      "pragma foreign_keys(yes)",
      "pragma foreign_keys",
      "insert into c values (3)",
      "pragma foreign_key_check",
      "delete from c",
    );
    return log.response();
  }
}

export default toObject("OBJ");
