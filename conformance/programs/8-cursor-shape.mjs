/*
spec: 8 SQL surface
covers: Members of ctx.storage.sql and of cursors; illegal uses
object: OBJ Obj sqlite
*/
import { DurableObject } from "cloudflare:workers";
import { SqlJournal, toObject } from "./observe.mjs";

export class Obj extends DurableObject {
  fetch() {
    const { storage } = this.ctx;
    const { sql } = storage;
    const log = new SqlJournal(sql);
    const { constructor } = sql;
    log.note("names", constructor.name, Object.prototype.toString.call(sql), typeof sql);
    log.note("same", storage.sql === storage.sql, Object.hasOwn(storage, "sql"), "sql" in storage);
    log.note(
      "members",
      ["exec", "databaseSize", "Cursor", "Statement", "prepare", "ingest"].map(
        (name) => `${name} ${typeof sql[name]} ${Object.hasOwn(sql, name)}`,
      ),
    );
    const cursor = sql.exec("select 1 as a");
    log.note(
      "cursor",
      cursor.constructor.name,
      cursor.constructor === sql.Cursor,
      cursor instanceof sql.Cursor,
      Object.keys(cursor),
    );
    log.note(
      "own",
      ["next", "toArray", "one", "raw", "columnNames", "rowsRead", "rowsWritten"].map(
        (name) => `${Object.hasOwn(cursor, name)} ${name in Object.getPrototypeOf(cursor)}`,
      ),
    );
    log.attempt("new Cursor", () => new sql.Cursor());
    log.attempt("new SqlStorage", () => new constructor());
    log.attempt("next without this", () => (0, cursor.next)());
    log.attempt("toArray of another", () => cursor.toArray.call({}));
    log.attempt("iterator without this", () => cursor[Symbol.iterator].call(sql));
    log.attempt("databaseSize of another", () =>
      Object.getOwnPropertyDescriptor(Object.getPrototypeOf(sql), "databaseSize")?.get.call({}),
    );
    const assign = (label, object, name) => {
      try {
        object[name] = 1;
        log.note(label, "assigned");
      } catch (error) {
        log.note(label, error.constructor.name);
      }
    };
    assign("set databaseSize", sql, "databaseSize");
    assign("set columnNames", cursor, "columnNames");
    assign("set sql", storage, "sql");
    log.attempt("arguments", () => [cursor.next(1, 2), cursor.toArray("x")]);
    log.attempt("JSON", () => JSON.stringify([sql, sql.exec("select 1")]));
    log.attempt("structuredClone", () => structuredClone(cursor));
    return log.response();
  }
}

export default toObject("OBJ");
