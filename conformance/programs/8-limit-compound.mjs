/*
spec: 8.7 limits, must-test
covers: Compound SELECT of at most 5 terms; VALUES are no terms
object: OBJ Obj sqlite
*/
import { DurableObject } from "cloudflare:workers";
import { SqlJournal, toObject } from "./observe.mjs";

export class Obj extends DurableObject {
  fetch() {
    const { sql } = this.ctx.storage;
    const log = new SqlJournal(sql);
    for (let terms = 1; terms <= 7; terms++) {
      for (const operator of ["union all", "union", "except", "intersect"])
        log.attempt(
          `${operator} ${terms}`,
          () =>
            sql
              .exec(
                Array.from({ length: terms }, (_, i) => `select ${i} as a`).join(` ${operator} `),
              )
              .toArray().length,
        );
    }
    log.attempt(
      "values 500",
      () =>
        sql.exec(`values ${Array.from({ length: 500 }, (_, i) => `(${i})`).join()}`).toArray()
          .length,
    );
    sql.exec("create table t (a)");
    log.attempt(
      "insert 500",
      () =>
        sql.exec(`insert into t values ${Array.from({ length: 500 }, (_, i) => `(${i})`).join()}`)
          .rowsWritten,
    );
    log.attempt("in a view", () =>
      sql
        .exec(
          "create view v as select 1 union select 2 union select 3 union select 4 union select 5 union select 6",
        )
        .toArray(),
    );
    log.attempt(
      "nested",
      () =>
        sql
          .exec(
            "select * from (select 1 union select 2 union select 3) union select * from (select 4 union select 5 union select 6)",
          )
          .toArray().length,
    );
    log.attempt(
      "values in a compound",
      () =>
        sql
          .exec(
            "values (1) union values (2) union values (3) union values (4) union values (5) union values (6)",
          )
          .toArray().length,
    );
    return log.response();
  }
}

export default toObject("OBJ");
