/*
spec: 8.1 exec
covers: A name in double quotes that is no column is a string
object: OBJ Obj sqlite
*/
import { DurableObject } from "cloudflare:workers";
import { SqlJournal, toObject } from "./observe.mjs";

export class Obj extends DurableObject {
  fetch() {
    const { sql } = this.ctx.storage;
    const log = new SqlJournal(sql);
    sql.exec('create table t ("a b", c)');
    log.queries(
      'insert into t values ("text", 1)',
      "select * from t",
      'select "a b", "c" from t',
      'select "absent" from t',
      "select 'c', [c], `c` from t",
      'select "it""s" as x',
      'select c from t where "a b" = "text"',
      "select `absent` from t",
      "select [absent] from t",
      'select t."absent" from t',
      'create table u (a default "x")',
      "insert into u default values; select * from u",
      'create table v (a check (a <> "x"))',
      "insert into v values ('y')",
      'create index i on t ("absent")',
      'create view w as select "absent" as n; select * from w',
    );
    return log.response();
  }
}

export default toObject("OBJ");
