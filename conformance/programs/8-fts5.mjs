/*
spec: 8 SQL, must-test
covers: FTS5: create, insert, match, highlight, snippet, bm25, update and delete
object: OBJ Obj sqlite
*/
import { DurableObject } from "cloudflare:workers";
import { SqlJournal, toObject } from "./observe.mjs";

export class Obj extends DurableObject {
  fetch() {
    const { sql } = this.ctx.storage;
    const log = new SqlJournal(sql);
    sql.exec("create virtual table f using fts5(title, body)");
    log.queries(
      "insert into f values ('Hello World', 'The quick brown fox jumps over the lazy dog')",
      "insert into f values ('Second', 'A quick test of full text search'), ('Third', 'Nothing to see, running dogs')",
      "select title from f where f match 'quick' order by rowid",
      "select title from f where f match 'quick AND fox'",
      "select title from f where f match 'quick NOT fox'",
      "select title from f where f match 'fox OR test' order by rowid",
      "select title from f where f match '\"brown fox\"'",
      "select title from f where f match 'dog*' order by rowid",
      "select title from f where f match 'title : hello'",
      "select title from f where f match 'NEAR(quick fox, 2)'",
      "select title from f('quick') order by rank, rowid",
      "select title from f where body match 'see'",
      "select highlight(f, 1, '<b>', '</b>') as h from f where f match 'quick' order by rowid",
      "select snippet(f, 1, '[', ']', '...', 3) as s from f where f match 'lazy'",
      "select title, bm25(f) < 0 as ranked from f where f match 'quick' order by rank",
      "select round(bm25(f, 10.0, 1.0), 6) as r from f where f match 'quick' order by rank",
      "select rowid, rank < 0 from f where f match 'quick' order by rowid",
      "update f set body = 'replaced words' where rowid = 1",
      "select title from f where f match 'fox'",
      "select title from f where f match 'replaced'",
      "delete from f where rowid = 2",
      "select count(*) as n from f",
      "insert into f(f) values ('optimize')",
      "insert into f(f) values ('integrity-check')",
      "insert into f(f) values ('rebuild')",
      "insert into f(f, rank) values ('rank', 'bm25(5.0)')",
      "select title from f where f match 'hello'",
      "select * from f where f match 'AND'",
      "select * from f where f match 'unclosed \"'",
      "select * from f where f match 'absent : x'",
      "select * from f where f match ''",
      "insert into f(f) values ('absent')",
      "select highlight(f, 9, '<', '>') from f where f match 'hello'",
      "drop table f",
      "select name from sqlite_master where name like 'f%'",
    );
    return log.response();
  }
}

export default toObject("OBJ");
