/*
spec: 8.3 raw
covers: Arrays of values; shares its position with the cursor
object: OBJ Obj sqlite
*/
import { DurableObject } from "cloudflare:workers";
import { SqlJournal, toObject } from "./observe.mjs";

export class Obj extends DurableObject {
  fetch() {
    const { sql } = this.ctx.storage;
    const log = new SqlJournal(sql);
    const text = "select value, value * 2, 'x' as value from json_each('[1,2,3,4]')";
    log.note("spread", [...sql.exec(text).raw()]);
    log.note("toArray", sql.exec(text).raw().toArray());
    const cursor = sql.exec(text);
    const raw = cursor.raw();
    log.note("raw", raw.next());
    log.note("cursor", cursor.next());
    log.note("another raw", cursor.raw().next());
    log.note("raw", raw.next(), raw.next(), raw.next());
    log.note("cursor", cursor.next(), cursor.toArray());
    log.note("same object?", cursor.raw() === cursor.raw());
    log.note(
      "names",
      Object.prototype.toString.call(raw),
      typeof raw[Symbol.iterator],
      raw[Symbol.iterator]() === raw,
    );
    log.note(
      "methods",
      ["next", "toArray", "return", "throw", "one", "columnNames"].map((name) => typeof raw[name]),
    );
    log.note("a row", Array.isArray(sql.exec("select 1").raw().next().value));
    log.note("duplicates", sql.exec("select 1 as a, 2 as a, 3 as a").raw().toArray());
    for (const [value] of sql.exec(text).raw()) {
      log.note("loop", value);
      if (value === "x") break;
    }
    return log.response();
  }
}

export default toObject("OBJ");
