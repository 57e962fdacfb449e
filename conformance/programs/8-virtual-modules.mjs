/*
spec: 8.4 authorizer
covers: Virtual tables of fts5, fts5vocab, rtree and rtree_i32, in any case; no others
object: OBJ Obj sqlite
*/
import { DurableObject } from "cloudflare:workers";
import { SqlJournal, toObject } from "./observe.mjs";

export class Obj extends DurableObject {
  fetch() {
    const { sql } = this.ctx.storage;
    const log = new SqlJournal(sql);
    for (const module of [
      "fts5(a)",
      "FTS5(a)",
      "Fts5(a)",
      "rtree(id, x0, x1)",
      "RTREE(id, x0, x1)",
      "rtree_i32(id, x0, x1)",
      "Rtree_I32(id, x0, x1)",
      "fts4(a)",
      "fts3(a)",
      "fts3tokenize",
      "geopoly(a)",
      "dbstat",
      "csv(a)",
      "json_each",
      "generate_series",
      "sqlite_dbpage",
      "absent",
      "pragma_table_info",
      "unionvtab('x')",
      "zipfile('x')",
      "completion",
    ]) {
      log.queries(`create virtual table v using ${module}`, "drop table if exists v");
    }
    log.queries(
      "create virtual table f using fts5(a)",
      "create virtual table w using fts5vocab(f, row)",
      "create virtual table x using FTS5VOCAB('f', 'col')",
      "select * from w",
      "create virtual table if not exists f using fts5(a)",
      "create virtual table temp.y using fts5(a)",
      "create virtual table z using fts5vocab(temp, f, row)",
      "select name from sqlite_master where name not like '_cf_%' order by name",
      "drop table w",
      "drop table f",
      "select name from sqlite_master where name not like '_cf_%' order by name",
    );
    return log.response();
  }
}

export default toObject("OBJ");
