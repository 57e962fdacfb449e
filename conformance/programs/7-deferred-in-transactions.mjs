/*
spec: 7.4, must-test
covers: Deferred constraints at the end of transactionSync and of transaction
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
      "create table p (id primary key); create table c (p references p deferrable initially deferred)",
    );
  }
  syncOpen(log) {
    const { sql, kv } = this.ctx.storage;
    log.attempt("transactionSync, violated at its end", () =>
      this.ctx.storage.transactionSync(
        () => (kv.put("a", 1), sql.exec("insert into c values (1)"), "value"),
      ),
    );
    log.attempt("fixed later in the turn", () => sql.exec("insert into p values (1)").toArray());
  }
  syncLeft(log) {
    log.attempt("transactionSync", () =>
      this.ctx.storage.transactionSync(
        () => (
          this.ctx.storage.kv.put("b", 1),
          this.ctx.storage.sql.exec("insert into c values (2)"),
          "value"
        ),
      ),
    );
  }
  async nested(log) {
    const { storage } = this.ctx;
    await log.try("nested, fixed by the outer one", () =>
      storage.transaction(async () => {
        await storage.transaction(async () => void storage.sql.exec("insert into c values (4)"));
        storage.sql.exec("insert into p values (4)");
        return "value";
      }),
    );
  }
  async undone(log) {
    const { storage } = this.ctx;
    await log.try("violated and thrown", () =>
      storage.transaction(async () => {
        storage.sql.exec("insert into c values (5)");
        throw new RangeError("mine");
      }),
    );
    log.attempt("and in transactionSync", () =>
      storage.transactionSync(() => {
        storage.sql.exec("insert into c values (6)");
        throw new RangeError("mine");
      }),
    );
  }
  look(log) {
    const { kv, sql } = this.ctx.storage;
    log.note(
      "left",
      [...kv.list()],
      sql.exec("select id from p").raw().toArray().flat(),
      sql.exec("select p from c").raw().toArray().flat(),
    );
  }
}

export default asking(
  "OBJ",
  ["start", "syncOpen", "look", "syncLeft", "look", "nested", "look", "undone", "look"],
  { flags: false },
);
