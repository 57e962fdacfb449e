/*
spec: 8.7 limits, must-test
covers: At most 127 arguments of a function
object: OBJ Obj sqlite
*/
import { DurableObject } from "cloudflare:workers";
import { SqlJournal, toObject } from "./observe.mjs";

export class Obj extends DurableObject {
  fetch() {
    const { sql } = this.ctx.storage;
    const log = new SqlJournal(sql);
    const numbers = (count) => Array.from({ length: count }, (_, i) => i).join();
    for (const count of [32, 100, 127, 128]) {
      for (const name of ["max", "coalesce", "json_array", "char", "concat", "printf"])
        log.attempt(
          `${name} ${count}`,
          () =>
            String(
              sql
                .exec(
                  `select ${name}(${name === "printf" ? "'x'," : ""}${numbers(name === "printf" ? count - 1 : count)}) as v`,
                )
                .one().v,
            ).length,
        );
    }
    return log.response();
  }
}

export default toObject("OBJ");
