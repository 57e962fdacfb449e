/*
spec: 8.7 limits, must-test
covers: At most 100 bound parameters
object: OBJ Obj sqlite
*/
import { DurableObject } from "cloudflare:workers";
import { SqlJournal, toObject } from "./observe.mjs";

export class Obj extends DurableObject {
  fetch() {
    const { sql } = this.ctx.storage;
    const log = new SqlJournal(sql);
    const marks = (count) => Array.from({ length: count }, () => "?").join();
    const numbers = (count) => Array.from({ length: count }, (_, i) => i);
    for (const count of [99, 100, 101]) {
      log.attempt(`marks ${count}`, () =>
        sql.exec(`select 1 as a where 5 in (${marks(count)})`, ...numbers(count)).toArray(),
      );
      log.attempt(`number ?${count}`, () =>
        sql.exec(`select ?${count} as a`, ...numbers(count)).toArray(),
      );
      log.attempt(`names ${count}`, () =>
        sql
          .exec(
            `select 1 as a where 5 in (${numbers(count).map((i) => `:n${i}`)})`,
            ...numbers(count),
          )
          .toArray(),
      );
    }
    log.attempt("one name often", () =>
      sql.exec(`select 1 as a where 5 in (${numbers(300).map(() => ":n")})`, 5).toArray(),
    );
    log.attempt("?1000", () => sql.exec("select ?1000").toArray());
    log.attempt("?99999999999", () => sql.exec("select ?99999999999").toArray());
    log.attempt("after ?100", () => sql.exec("select ?100, ?", ...numbers(100)).toArray());
    log.attempt("101 values for 100", () =>
      sql.exec(`select 1 where 1 in (${marks(100)})`, ...numbers(101)).toArray(),
    );
    return log.response();
  }
}

export default toObject("OBJ");
