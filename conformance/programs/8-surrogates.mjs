/*
spec: 8.1, 8.2
covers: Lone surrogates in statements and bindings
object: OBJ Obj sqlite
*/
import { DurableObject } from "cloudflare:workers";
import { SqlJournal, toObject } from "./observe.mjs";

export class Obj extends DurableObject {
  fetch() {
    const { sql } = this.ctx.storage;
    const log = new SqlJournal(sql);
    log.attempt("bound", () => sql.exec("select ?1 as a, hex(?1) as h", "a\ud800b").one());
    log.attempt("in the statement", () =>
      sql.exec("select '\ud800' as a, hex('\udfff') as h").one(),
    );
    log.attempt("as a name", () => sql.exec('select 1 as "\ud800"').one());
    return log.response();
  }
}

export default toObject("OBJ");
