/*
spec: 8.6 pragmas, must-test
covers: Reserved names as arguments, in any case; pragma names in any case
object: OBJ Obj sqlite
*/
import { DurableObject } from "cloudflare:workers";
import { SqlJournal, toObject } from "./observe.mjs";

export class Obj extends DurableObject {
  fetch() {
    const { storage } = this.ctx;
    const { sql } = storage;
    const log = new SqlJournal(sql);
    storage.kv.put("key", 1);
    for (const name of ["_cf_KV", "_CF_KV", "_cf_absent", "'_cf_KV'", '"_Cf_kv"'])
      for (const pragma of [
        "table_info",
        "table_xinfo",
        "foreign_key_list",
        "index_list",
        "index_info",
        "index_xinfo",
        "foreign_key_check",
        "quick_check",
      ])
        log.query(`pragma ${pragma}(${name})`);
    log.queries(
      "select * from pragma_table_info('_cf_KV')",
      "select * from pragma_table_info('_CF_kv')",
      "select * from pragma_index_list('_cf_KV')",
      "select * from pragma_table_xinfo where arg = '_cf_KV'",
    );
    sql.exec("create table t (a)");
    log.queries(
      "PRAGMA table_info(t)",
      "pragma TABLE_INFO(t)",
      "Pragma Foreign_Keys",
      "PRAGMA FOREIGN_KEYS",
      "pragma DEFER_FOREIGN_KEYS = ON",
      "PRAGMA QUICK_CHECK",
      "PRAGMA JOURNAL_MODE",
      "PRAGMA Page_Size",
    );
    return log.response();
  }
}

export default toObject("OBJ");
