/*
spec: 8.6 pragmas, must-test
covers: Switches with no argument or a boolean, in each form
object: OBJ Obj sqlite
*/
import { DurableObject } from "cloudflare:workers";
import { SqlJournal, toObject } from "./observe.mjs";

export class Obj extends DurableObject {
  fetch() {
    const { sql } = this.ctx.storage;
    const log = new SqlJournal(sql);
    const pragmas = [
      "case_sensitive_like",
      "defer_foreign_keys",
      "ignore_check_constraints",
      "legacy_alter_table",
      "recursive_triggers",
      "reverse_unordered_selects",
    ];
    for (const pragma of pragmas) {
      log.query(`pragma ${pragma}`);
      for (const value of [
        "on",
        "off",
        "true",
        "FALSE",
        "'yes'",
        '"no"',
        "1",
        "0",
        "On",
        "t",
        "f",
        "y",
        "n",
        "tr",
        "ye",
        "o",
        "2",
        "-1",
        "+1",
        "1.0",
        "maybe",
        "''",
        "onn",
        "null",
      ]) {
        log.query(`pragma ${pragma} = ${value}`);
      }
      log.queries(
        `pragma ${pragma}(on)`,
        `pragma ${pragma}`,
        `pragma ${pragma}(off)`,
        `pragma main.${pragma}`,
        `pragma ${pragma}(1, 2)`,
      );
    }
    return log.response();
  }
}

export default toObject("OBJ");
