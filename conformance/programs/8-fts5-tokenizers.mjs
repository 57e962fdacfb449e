/*
spec: 8 SQL, must-test
covers: FTS5 tokenizers, external and contentless tables, columns that are not indexed
object: OBJ Obj sqlite
*/
import { DurableObject } from "cloudflare:workers";
import { SqlJournal, toObject } from "./observe.mjs";

export class Obj extends DurableObject {
  fetch() {
    const { sql } = this.ctx.storage;
    const log = new SqlJournal(sql);
    log.queries(
      "create virtual table p using fts5(a, tokenize = 'porter')",
      "insert into p values ('running runs ran')",
      "select a from p where p match 'run'",
      "create virtual table g using fts5(a, tokenize = 'trigram')",
      "insert into g values ('abcdef')",
      "select a from g where g match 'cde'",
      "select a from g where a like '%bcd%'",
      "create virtual table u using fts5(a, tokenize = \"unicode61 remove_diacritics 2 tokenchars '-'\")",
      "insert into u values ('Élan re-do')",
      "select a from u where u match 'elan'",
      "select a from u where u match '\"re-do\"'",
      "create virtual table c using fts5(a, tokenize = 'ascii')",
      "create virtual table x using fts5(a, tokenize = 'absent')",
      "create virtual table n using fts5(a, b unindexed)",
      "insert into n values ('one', 'two')",
      "select * from n where n match 'one'",
      "select * from n where n match 'two'",
      "create table docs (id integer primary key, text)",
      "insert into docs values (1, 'external words'), (2, 'more text')",
      "create virtual table e using fts5(text, content = 'docs', content_rowid = 'id')",
      "insert into e (rowid, text) select id, text from docs",
      "select rowid, text from e where e match 'words'",
      "insert into e (e, rowid, text) values ('delete', 1, 'external words')",
      "select rowid from e where e match 'words'",
      "insert into e (e) values ('rebuild')",
      "select rowid from e where e match 'words'",
      "create virtual table l using fts5(a, content = '')",
      "insert into l (rowid, a) values (5, 'contentless text')",
      "select rowid, a from l where l match 'text'",
      "delete from l where rowid = 5",
      "create virtual table q using fts5(a, prefix = '2 3', detail = none, columnsize = 0)",
      "insert into q values ('prefixes here')",
      "select a from q where q match 'pre*'",
      "create virtual table v using fts5vocab(p, 'row')",
      "select * from v",
      "create virtual table w using fts5vocab('n', 'col')",
      "select * from w",
      "create virtual table i using fts5vocab(n, instance)",
      "select * from i",
      "create virtual table y using fts5(a, absent = 1)",
      "create virtual table z using fts5()",
      "create virtual table z using fts5(rank)",
    );
    return log.response();
  }
}

export default toObject("OBJ");
