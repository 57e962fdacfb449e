/*
spec: 8.6 pragmas, must-test
covers: All other pragmas are denied, read or written
object: OBJ Obj sqlite
*/
import { DurableObject } from "cloudflare:workers";
import { SqlJournal, toObject } from "./observe.mjs";

export class Obj extends DurableObject {
  fetch() {
    const { sql } = this.ctx.storage;
    const log = new SqlJournal(sql);
    const pragmas = [
      "analysis_limit",
      "application_id",
      "auto_vacuum",
      "automatic_index",
      "busy_timeout",
      "cache_size",
      "cache_spill",
      "cell_size_check",
      "checkpoint_fullfsync",
      "collation_list",
      "compile_options",
      "count_changes",
      "data_store_directory",
      "database_list",
      "default_cache_size",
      "empty_result_callbacks",
      "encoding",
      "freelist_count",
      "full_column_names",
      "fullfsync",
      "function_list",
      "hard_heap_limit",
      "incremental_vacuum",
      "integrity_check",
      "journal_mode",
      "journal_size_limit",
      "locking_mode",
      "max_page_count",
      "mmap_size",
      "module_list",
      "page_count",
      "parser_trace",
      "pragma_list",
      "query_only",
      "read_uncommitted",
      "schema_version",
      "secure_delete",
      "short_column_names",
      "shrink_memory",
      "soft_heap_limit",
      "stats",
      "synchronous",
      "temp_store",
      "temp_store_directory",
      "threads",
      "trusted_schema",
      "user_version",
      "vdbe_trace",
      "wal_autocheckpoint",
      "wal_checkpoint",
      "writable_schema",
      "key",
      "absent",
    ];
    for (const pragma of pragmas) log.queries(`pragma ${pragma}`, `pragma ${pragma} = 1`);
    log.queries(
      "pragma",
      "pragma main",
      "pragma main.user_version",
      "pragma user_version(5)",
      "pragma temp.table_list",
      "pragma temp.user_version",
      "pragma other.table_list",
      "select 1; pragma user_version",
      'pragma "user_version"',
      "pragma USER_VERSION",
    );
    return log.response();
  }
}

export default toObject("OBJ");
