/*
spec: 8.6 pragmas, must-test
covers: data_version and page_size without an argument
covers: quick_check with an optional number or name; optimize with an optional number
object: OBJ Obj sqlite
*/
import { DurableObject } from "cloudflare:workers";
import { SqlJournal, toObject } from "./observe.mjs";

export class Obj extends DurableObject {
  fetch() {
    const { sql } = this.ctx.storage;
    const log = new SqlJournal(sql);
    sql.exec("create table t (a); create index i on t (a); insert into t values (1)");
    log.queries(
      "pragma page_size",
      "pragma page_size = 8192",
      "pragma page_size(8192)",
      "pragma page_size",
      "pragma data_version = 5",
      "pragma quick_check",
      "pragma quick_check(1)",
      "pragma quick_check(t)",
      "pragma quick_check('t')",
      "pragma quick_check(absent)",
      "pragma quick_check(_cf_KV)",
      "pragma quick_check(-1)",
      "pragma quick_check(1.5)",
      "pragma quick_check = 5",
      "pragma main.quick_check",
      "pragma optimize",
      "pragma optimize(0x10002)",
      "pragma optimize(-1)",
      "pragma optimize(65538)",
      "pragma optimize = 1",
      "pragma optimize(t)",
      "pragma optimize('x')",
      "pragma optimize(1.5)",
      "pragma main.optimize",
    );
    log.attempt("data_version", () => typeof sql.exec("pragma data_version").one().data_version);
    return log.response();
  }
}

export default toObject("OBJ");
