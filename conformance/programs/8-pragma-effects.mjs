/*
spec: 8.6 pragmas, must-test
covers: What the switches do: case_sensitive_like, recursive_triggers, ignore_check_constraints, reverse_unordered_selects
object: OBJ Obj sqlite
*/
import { DurableObject } from "cloudflare:workers";
import { SqlJournal, toObject } from "./observe.mjs";

export class Obj extends DurableObject {
  fetch() {
    const { sql } = this.ctx.storage;
    const log = new SqlJournal(sql);
    log.queries(
      "select 'a' like 'A'",
      "pragma case_sensitive_like = on",
      "select 'a' like 'A'",
      "select 'a' like 'a'",
      "pragma case_sensitive_like = off",
      "select 'a' like 'A'",
    );
    sql.exec(
      "create table t (n check (n < 10)); create trigger g after insert on t when new.n < 5 begin insert into t values (new.n + 1); end",
    );
    log.queries(
      "insert into t values (1)",
      "select * from t",
      "delete from t",
      "pragma recursive_triggers = on",
      "insert into t values (1)",
      "select * from t",
      "pragma recursive_triggers = off",
      "insert into t values (20)",
      "pragma ignore_check_constraints = on",
      "insert into t values (20)",
      "pragma ignore_check_constraints = off",
      "insert into t values (30)",
      "select n from t",
      "pragma reverse_unordered_selects = on",
      "select n from t",
      "select n from t order by n",
      "pragma reverse_unordered_selects = off",
      "select n from t",
    );
    return log.response();
  }
}

export default toObject("OBJ");
