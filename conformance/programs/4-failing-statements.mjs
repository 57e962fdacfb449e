/*
spec: 4.4 implicit transaction
covers: A failing statement undoes itself only; the turn goes on and is committed
object: OBJ Obj sqlite
*/
import { DurableObject } from "cloudflare:workers";
import { asking, perform } from "./observe.mjs";

export class Obj extends DurableObject {
  fetch(request) {
    return perform(this, request);
  }
  run(log) {
    const { sql, kv } = this.ctx.storage;
    sql.exec("create table t (a unique, b check (b > 0))");
    kv.put("first", 1);
    log.attempt("of many rows", () =>
      sql.exec("insert into t values (1, 1), (2, 2), (3, -1)").toArray(),
    );
    log.attempt("unique", () =>
      sql.exec("insert into t values (1, 1); insert into t values (1, 1)").toArray(),
    );
    log.attempt("syntax", () => sql.exec("insert into t values (5, 5); nonsense").toArray());
    log.attempt("update", () => sql.exec("update t set a = a + 4, b = b - 1").toArray());
    kv.put("last", 1);
    log.note("seen", sql.exec("select a, b from t").raw().toArray());
  }
  look(log) {
    const { sql, kv } = this.ctx.storage;
    log.note("left", [...kv.list()], sql.exec("select a, b from t").raw().toArray());
  }
}

export default asking("OBJ", ["run", "look"]);
