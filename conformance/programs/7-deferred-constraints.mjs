/*
spec: 7.4, must-test
covers: Deferred constraints still violated at the end of the turn: reset and rolled back, with all of the turn
object: OBJ Obj sqlite
*/
import { DurableObject } from "cloudflare:workers";
import { asking, perform } from "./observe.mjs";

export class Obj extends DurableObject {
  fetch(request) {
    return perform(this, request);
  }
  memory = 0;
  start() {
    this.ctx.storage.sql.exec(
      "create table p (id primary key); create table c (p references p deferrable initially deferred)",
    );
  }
  violated(log) {
    this.memory++;
    const { kv, sql } = this.ctx.storage;
    kv.put("with it", 1);
    this.ctx.storage.put("async", 1);
    sql.exec("insert into p values (1)");
    sql.exec("insert into c values (5)");
    log.note("in the turn", sql.exec("select * from c").toArray());
  }
  async fixed(log) {
    this.memory++;
    const { sql } = this.ctx.storage;
    sql.exec("insert into c values (6)");
    await null;
    await this.ctx.storage.get("x");
    sql.exec("insert into p values (6)");
    log.note("fixed", this.memory);
  }
  async synced(log) {
    this.ctx.storage.kv.put("synced", 1);
    this.ctx.storage.sql.exec("insert into c values (7)");
    await log.try("sync", () => this.ctx.storage.sync());
  }
  pragma(log) {
    const { sql } = this.ctx.storage;
    sql.exec("create table q (id integer references p (id))");
    sql.exec("pragma defer_foreign_keys = on");
    sql.exec("insert into q values (99)");
    log.note("deferred", sql.exec("pragma defer_foreign_keys").one());
  }
  pragmaFixed(log) {
    const { sql } = this.ctx.storage;
    sql.exec("create table q (id integer references p (id))");
    sql.exec("pragma defer_foreign_keys = on");
    sql.exec("insert into q values (98); insert into p values (98)");
    log.note("deferred", sql.exec("pragma defer_foreign_keys").one());
  }
  later(log) {
    const { sql } = this.ctx.storage;
    log.note("not any more", sql.exec("pragma defer_foreign_keys").one());
    log.attempt("insert", () => sql.exec("insert into q values (97)").toArray());
  }
  look(log) {
    const { kv, sql } = this.ctx.storage;
    log.note("memory", this.memory++);
    log.note(
      "left",
      [...kv.list()],
      sql.exec("select id from p").raw().toArray(),
      sql.exec("select p from c").raw().toArray(),
    );
  }
}

export default asking(
  "OBJ",
  [
    "start",
    "look",
    "violated",
    "look",
    "fixed",
    "look",
    "synced",
    "look",
    "pragma",
    "look",
    "pragmaFixed",
    "later",
    "look",
  ],
  { flags: false },
);
