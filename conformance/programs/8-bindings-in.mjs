/*
spec: 8.2 bindings, must-test
covers: What each JavaScript value becomes, with typeof()
object: OBJ Obj sqlite
*/
import { DurableObject } from "cloudflare:workers";
import { SqlJournal, toObject } from "./observe.mjs";

export class Obj extends DurableObject {
  fetch() {
    const { sql } = this.ctx.storage;
    const log = new SqlJournal(sql);
    const values = {
      null: null,
      undefined: undefined,
      NaN: NaN,
      0: 0,
      "-0": -0,
      1: 1,
      1.5: 1.5,
      "-1e300": -1e300,
      Infinity: Infinity,
      "-Infinity": -Infinity,
      "2^53": 2 ** 53,
      "2^63": 2 ** 63,
      "5e-324": 5e-324,
      empty: "",
      text: "text",
      emoji: "é😀",
      NUL: "a\0b",
      "number text": "12",
      true: true,
      false: false,
      object: {},
      array: [1, "b"],
      "empty array": [],
      nested: [[1, [2]], null],
      "own toString": { toString: () => "mine" },
      valueOf: { valueOf: () => 5 },
      regexp: /x/g,
      function: () => 1,
      Number: new Number(5),
      String: new String("s"),
      Boolean: new Boolean(false),
      error: new RangeError("r"),
      map: new Map(),
      url: new URL("http://x/y"),
    };
    for (const [name, value] of Object.entries(values))
      log.attempt(
        name,
        () => sql.exec("select typeof(?1), ?1, hex(?1), length(?1)", value).raw().next().value,
      );
    log.attempt("date", () => sql.exec("select typeof(?1), ?1", new Date(0)).raw().next().value[0]);
    log.attempt(
      "date text",
      () => sql.exec("select ?1", new Date(0)).one()["?1"] === String(new Date(0)),
    );
    return log.response();
  }
}

export default toObject("OBJ");
