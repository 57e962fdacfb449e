/*
spec: 8.6 pragmas, must-test
covers: The table-valued form obeys the same list
object: OBJ Obj sqlite
*/
import { DurableObject } from "cloudflare:workers";
import { SqlJournal, toObject } from "./observe.mjs";

export class Obj extends DurableObject {
  fetch() {
    const { sql } = this.ctx.storage;
    const log = new SqlJournal(sql);
    sql.exec(
      "create table p (z primary key); create table t (a integer primary key, b text not null, c references p); create index i on t (b)",
    );
    log.queries(
      "select name, type, \"notnull\", pk from pragma_table_info('t')",
      "select name from pragma_table_info where arg = 't'",
      "select * from pragma_table_info('absent')",
      "select name, hidden from pragma_table_xinfo('t')",
      "select name, origin from pragma_index_list('t')",
      "select name from pragma_index_info('i')",
      "select * from pragma_foreign_key_list('t')",
      "select m.name, i.name from sqlite_master m, pragma_table_info(m.name) i where m.type = 'table' and m.name in ('t', 'p') order by 1, 2",
      "select type from pragma_table_list('t')",
      "select * from pragma_quick_check",
      "select * from pragma_foreign_key_check",
      "select * from pragma_page_size",
      "select * from pragma_foreign_keys",
      "select * from pragma_defer_foreign_keys",
      "select * from pragma_user_version",
      "select * from pragma_page_count",
      "select * from pragma_journal_mode",
      "select * from pragma_database_list",
      "select * from pragma_collation_list",
      "select * from pragma_function_list",
      "select * from pragma_module_list",
      "select * from pragma_pragma_list",
      "select * from pragma_compile_options",
      "select * from pragma_absent",
      "select * from pragma_integrity_check",
      "select * from pragma_optimize",
      "select * from pragma_table_info",
      "select * from pragma_table_info()",
      "select name from PRAGMA_TABLE_INFO('t')",
      "select * from pragma_table_info('t', 'main')",
      "select * from pragma_table_info('t', 'temp')",
    );
    return log.response();
  }
}

export default toObject("OBJ");
