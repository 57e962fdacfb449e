/*
spec: 8.8 error format
covers: Syntax errors with their offsets
object: OBJ Obj sqlite
*/
import { DurableObject } from "cloudflare:workers";
import { SqlJournal, toObject } from "./observe.mjs";

export class Obj extends DurableObject {
  fetch() {
    const { sql } = this.ctx.storage;
    const log = new SqlJournal(sql);
    log.queries(
      "selec 1",
      "select",
      "select 1 from",
      "select * fro t",
      "create",
      "create table",
      "create table t",
      "create table t (",
      "insert into",
      "insert into t valus (1)",
      "update t",
      "update t set",
      "delete t",
      "drop",
      "select 1 +",
      "select (1",
      "select 1)",
      "select 'open",
      'select "open',
      "select [open",
      "select 1 from t where",
      "select @",
      "select #",
      "select !",
      "select 1 $",
      "select x'zz'",
      "select x'0'",
      "select 1e",
      "select 12abc",
      "select 0x",
      "select 1..2",
      "with x select 1",
      "values",
      "values ()",
      "values (1), (1, 2)",
      "explain",
      "pragma table_info(",
      "alter table t",
      "sélect 1",
      "select é from",
      "select 'é' from",
      "\n\n  selec 1",
      "/* é */ selec 1",
      "select 1; selec 2",
      "select 1 as, 2",
      "select case end",
      "select cast(1)",
      "select cast(1 as)",
      "select 1 in",
      "select 1 between 2",
      "insert into t (a,) values (1)",
      "create table t (a b c d (e))",
      "create index on t (a)",
      "select * from (select 1",
      "select ... from t",
      "\\",
      "select 1 limit",
      "select 1 order",
      "select count(* from t",
      "create trigger g after insert on t begin select 1 end",
      "analyze 1",
      "grant all",
      "truncate table t",
      "use x",
      "show tables",
      "merge into t",
      "describe t",
    );
    return log.response();
  }
}

export default toObject("OBJ");
