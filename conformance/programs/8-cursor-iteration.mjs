/*
spec: 8.3 iteration, must-test
covers: The iterator is a separate object over the same position; break does not end the cursor
object: OBJ Obj sqlite
*/
import { DurableObject } from "cloudflare:workers";
import { SqlJournal, toObject } from "./observe.mjs";

export class Obj extends DurableObject {
  fetch() {
    const { sql } = this.ctx.storage;
    const log = new SqlJournal(sql);
    const open = () => sql.exec("select value as v from json_each('[1,2,3,4,5]')");
    let cursor = open();
    const iterator = cursor[Symbol.iterator]();
    log.note(
      "separate",
      iterator === cursor,
      cursor[Symbol.iterator]() === iterator,
      iterator[Symbol.iterator]() === iterator,
    );
    log.note("one position", iterator.next(), cursor.next(), cursor[Symbol.iterator]().next());
    log.note("rest", [...cursor], iterator.next());
    cursor = open();
    for (const row of cursor) {
      log.note("loop", row);
      if (row.v === 2) break;
    }
    log.note("after break", cursor.toArray());
    cursor = open();
    log.attempt("throwing loop", () => {
      for (const { v } of cursor) throw new RangeError(`at ${v}`);
    });
    log.note("after throw", cursor.next());
    const [first, ...rest] = cursor;
    log.note("destructured", first, rest);
    cursor = open();
    log.note(
      "names",
      Object.prototype.toString.call(cursor),
      Object.prototype.toString.call(iterator),
    );
    log.note(
      "methods of the cursor",
      ["next", "toArray", "one", "raw", "return", "throw"].map((name) => typeof cursor[name]),
    );
    log.note(
      "methods of the iterator",
      ["next", "toArray", "one", "raw", "return", "throw"].map((name) => typeof iterator[name]),
    );
    log.note(
      "nested loops",
      [...open()].flatMap(({ v }) => [...open()].map((inner) => v * inner.v)).length,
    );
    return log.response();
  }
}

export default toObject("OBJ");
