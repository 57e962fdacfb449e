/*
spec: 8.7 limits, must-test
covers: Triggers nest at most 10 deep; a statement is of at most 25,000 operations
object: OBJ Obj sqlite
*/
import { DurableObject } from "cloudflare:workers";
import { SqlJournal, toObject } from "./observe.mjs";

export class Obj extends DurableObject {
  fetch() {
    const { sql } = this.ctx.storage;
    const log = new SqlJournal(sql);
    sql.exec(
      "create table t (n); pragma recursive_triggers = on; create trigger g after insert on t when new.n > 0 begin insert into t values (new.n - 1); end",
    );
    for (const depth of [5, 9, 10, 11, 50]) {
      log.query("insert into t values (?)", depth);
      log.query("select count(*) as n from t");
    }
    sql.exec("create table big (a)");
    log.attempt(
      "rows of one insert",
      () => sql.exec(`insert into big values ${"(1),".repeat(20_000)}(2)`).rowsWritten,
    );
    log.attempt("many expressions", () =>
      sql
        .exec(
          `select 1 as a where 1 in (${Array.from({ length: 6000 }, (_, i) => `abs(${i})`).join()})`,
        )
        .toArray(),
    );
    log.attempt("too many expressions", () =>
      sql
        .exec(
          `select 1 as a where 1 in (${Array.from({ length: 9000 }, (_, i) => `abs(${i})`).join()})`,
        )
        .toArray(),
    );
    return log.response();
  }
}

export default toObject("OBJ");
