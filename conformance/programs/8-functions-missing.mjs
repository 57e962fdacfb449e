/*
spec: 8.5 functions, must-test
covers: What is not in the list is refused, with its name and place
object: OBJ Obj sqlite
*/
import { DurableObject } from "cloudflare:workers";
import { SqlJournal, toObject } from "./observe.mjs";

export class Obj extends DurableObject {
  fetch() {
    const { sql } = this.ctx.storage;
    const log = new SqlJournal(sql);
    const expressions = [
      "sqlite_version()",
      "sqlite_source_id()",
      "sqlite_compileoption_used('x')",
      "sqlite_compileoption_get(1)",
      "sqlite_offset(1)",
      "sqlite_log(1, 'x')",
      "log10(100)",
      "ceiling(1.5)",
      "power(2, 2)",
      "json_error_position('x')",
      "json_pretty('[1]')",
      "json_array_insert('[1]', '$[0]', 2)",
      "load_extension('x')",
      "load_extension('x', 'y')",
      "'a' regexp 'b'",
      "regexp('a', 'b')",
      "absent()",
      "absent(1, 2)",
      "fts3_tokenizer('x')",
      "fts5()",
      "fts5_source_id()",
      "fts5_locale('en', 'x')",
      "fts5_insttoken('x')",
      "rtreedepth(x'00')",
      "rtreenode(2, x'00')",
      "rtreecheck('t')",
      "geopoly_area('x')",
      "match('a', 'b')",
      "'a' match 'b'",
      "highlight('a', 0, 'b', 'c')",
      "bm25('a')",
      "snippet('a', 0, 'b', 'c', 'd', 1)",
      "eval('select 1')",
      "edit('x')",
      "readfile('/etc/passwd')",
      "writefile('x', 'y')",
      "crc32('x')",
      "sha3('x')",
      "md5('x')",
      "uuid()",
      "generate_series(1, 2)",
      "sqlite_rename_column(1, 2, 3, 4, 5, 6, 7, 8, 9)",
      "sqlite_rename_table(1, 2, 3, 4, 5, 6, 7)",
      "sqlite_drop_column(1, 2, 3)",
      "sqlite_rename_quotefix('main', 'x')",
      "sqlite_rename_test(1, 2, 3, 4, 5, 6)",
      "sqlite_fail('x', 1)",
      "sqlite_add_constraint(1, 2, 3)",
      "sqlite_drop_constraint(1, 2)",
      "sqlite_find_constraint(1, 2)",
      "libsql_vector_idx(1)",
      "vector('[1]')",
      "vector_distance_cos('[1]', '[1]')",
      "1 as a where sqlite_version() > 'a'",
      "likelihood(1, 2)",
      "abs()",
      "abs(1, 2)",
      "round(1, 2, 3)",
      "count()",
      "max()",
      "count(1, 2)",
      "upper(distinct 'a')",
      "count(distinct *)",
      "sum(a) filter (where 1) over ()",
      "current_user",
      "x.y",
    ];
    for (const expression of expressions) log.query(`select ${expression}`);
    return log.response();
  }
}

export default toObject("OBJ");
