/*
spec: 8 SQL, must-test
covers: Unique, partial, expression and descending indexes, collations, views
object: OBJ Obj sqlite
*/
import { DurableObject } from "cloudflare:workers";
import { SqlJournal, toObject } from "./observe.mjs";

export class Obj extends DurableObject {
  fetch() {
    const { sql } = this.ctx.storage;
    const log = new SqlJournal(sql);
    sql.exec(
      "create table t (id integer primary key, a text collate nocase, b, c); insert into t (a, b, c) values ('x', 1, 'p'), ('Y', 2, 'q'), ('z', null, 'P')",
    );
    log.queries(
      "create unique index ua on t (a)",
      "insert into t (a) values ('X')",
      "create unique index pb on t (b) where b > 1",
      "insert into t (a, b) values ('one', 1)",
      "insert into t (a, b) values ('two', 2)",
      "create index le on t (lower(c))",
      "select id from t where lower(c) = 'p' order by id",
      "create unique index uc on t (lower(c))",
      "create unique index xc on t (c collate binary desc)",
      "select a from t order by a",
      "select a from t order by a collate binary",
      "select c from t where c = 'P' collate nocase order by 1",
      "select 'a' = 'A' collate nocase, 'a ' = 'a' collate rtrim, 'a' = 'A'",
      "select a from t order by a collate absent",
      "select * from t indexed by ua where a = 'x'",
      "select * from t indexed by ua where b = 1",
      "select * from t not indexed where a = 'x'",
      "create index absent on t (zzz)",
      "create index qqq on t (a + random())",
      "drop index sqlite_autoindex_x",
      "reindex nocase",
      "reindex absent",
      "create view v (x, y) as select a, b from t where b is not null",
      "select * from v order by y",
      "insert into v values (1, 2)",
      "create view v as select 1",
      "create view if not exists v as select 1",
      "create view bad as select * from missing_table",
      "select * from bad",
      "drop view bad",
      "drop table v",
      "drop view t",
      "create view w as select * from v",
      "drop view v",
      "select * from w",
      "create table copy as select * from t where id < 3",
      "select * from copy",
      "select sql from sqlite_master where name = 'copy'",
    );
    return log.response();
  }
}

export default toObject("OBJ");
