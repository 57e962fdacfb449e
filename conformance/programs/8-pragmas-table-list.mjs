/*
spec: 8.6 pragmas, must-test
covers: table_list with any argument
covers: foreign_key_check with and without a name
object: OBJ Obj sqlite
*/
import { DurableObject } from "cloudflare:workers";
import { SqlJournal, toObject } from "./observe.mjs";

export class Obj extends DurableObject {
  fetch() {
    const { sql } = this.ctx.storage;
    const log = new SqlJournal(sql);
    sql.exec(
      "create table t (a primary key) without rowid; create table u (b int) strict; create view v as select 1; create virtual table f using fts5(x)",
    );
    log.queries(
      "pragma table_list(t)",
      "pragma table_list(u)",
      "pragma table_list(v)",
      "pragma table_list(f)",
      "pragma table_list = t",
      "pragma table_list(absent)",
      "pragma table_list(5)",
      "pragma table_list('T')",
    );
    log.attempt("all", () =>
      sql
        .exec("pragma table_list")
        .toArray()
        .map(({ name }) => name)
        .filter((name) => !name.startsWith("_cf_"))
        .sort(),
    );
    sql.exec(
      "create table p (a primary key); create table c (a references p); pragma defer_foreign_keys = on; insert into c values (1), (2)",
    );
    log.queries(
      "pragma foreign_key_check",
      "pragma foreign_key_check(c)",
      "pragma foreign_key_check('c')",
      "pragma foreign_key_check = c",
      "pragma foreign_key_check(p)",
      "pragma foreign_key_check(absent)",
      "pragma foreign_key_check(5)",
      "pragma foreign_key_check(_cf_KV)",
      "pragma foreign_key_check(_CF_x)",
    );
    sql.exec("delete from c");
    log.query("pragma foreign_key_check");
    return log.response();
  }
}

export default toObject("OBJ");
