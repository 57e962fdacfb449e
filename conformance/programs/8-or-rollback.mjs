/*
spec: 8.8
covers: ON CONFLICT ROLLBACK and RAISE(ROLLBACK) end the transaction of the turn: the object is reset
object: OBJ Obj sqlite
*/
import { DurableObject } from "cloudflare:workers";
import { asking, perform } from "./observe.mjs";

export class Obj extends DurableObject {
  fetch(request) {
    return perform(this, request);
  }
  start() {
    this.ctx.storage.sql.exec(
      "create table t (a unique); create trigger g before insert on t when new.a = 'back' begin select raise(rollback, 'rolled back'); end; insert into t values (1)",
    );
  }
  insert(log) {
    const { sql } = this.ctx.storage;
    sql.exec("insert into t values (2)");
    log.attempt("or rollback", () =>
      sql.exec("insert or rollback into t values (3), (1)").toArray(),
    );
    log.attempt("seen in the turn", () => sql.exec("select a from t").raw().toArray());
  }
  raise(log) {
    const { sql } = this.ctx.storage;
    sql.exec("insert into t values (4)");
    log.attempt("raise", () => sql.exec("insert into t values ('back')").toArray());
  }
  first(log) {
    log.attempt("nothing written before", () =>
      this.ctx.storage.sql.exec("insert or rollback into t values (1)").toArray(),
    );
  }
  look(log) {
    log.note("rows", this.ctx.storage.sql.exec("select a from t").raw().toArray());
  }
}

export default asking("OBJ", ["start", "insert", "look", "raise", "look", "first", "look"], {
  texts: false,
});
