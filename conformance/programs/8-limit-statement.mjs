/*
spec: 8.7 limits, must-test
covers: SQL text of at most 100,000 bytes
object: OBJ Obj sqlite
*/
import { DurableObject } from "cloudflare:workers";
import { SqlJournal, toObject } from "./observe.mjs";

export class Obj extends DurableObject {
  fetch() {
    const { sql } = this.ctx.storage;
    const log = new SqlJournal(sql);
    const padded = (bytes, fill = "x") =>
      `select 1 as a --${fill.repeat((bytes - 15) / new TextEncoder().encode(fill).length)}`;
    for (const bytes of [99_999, 100_000, 100_001, 100_002, 200_000]) {
      const text = padded(bytes);
      log.attempt(`${text.length} bytes`, () => sql.exec(text).toArray());
    }
    log.attempt("bytes, not characters", () => sql.exec(padded(100_015, "é")).toArray());
    log.attempt("a long literal", () =>
      sql.exec(`select length('${"x".repeat(99_000)}') as n`).one(),
    );
    log.attempt("many statements", () =>
      sql.exec("select 1 as a;".repeat(7000) + "select 2 as b").toArray(),
    );
    log.attempt("too many statements", () =>
      sql.exec("select 1 as a;".repeat(8000) + "select 2 as b").toArray(),
    );
    log.attempt("with a binding", () =>
      sql.exec(`select ? as a --${"x".repeat(100_000)}`, 1).toArray(),
    );
    return log.response();
  }
}

export default toObject("OBJ");
