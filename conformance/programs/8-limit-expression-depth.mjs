/*
spec: 8.7 limits, must-test
covers: An expression is at most 100 deep; parentheses do not count
object: OBJ Obj sqlite
*/
import { DurableObject } from "cloudflare:workers";
import { SqlJournal, toObject } from "./observe.mjs";

export class Obj extends DurableObject {
  fetch() {
    const { sql } = this.ctx.storage;
    const log = new SqlJournal(sql);
    const run = (label, query) => log.attempt(label, () => sql.exec(query).raw().toArray());
    for (const depth of [50, 98, 99, 100, 101, 150]) {
      run(`plus ${depth}`, `select ${"1 + ".repeat(depth)}1 as v`);
      run(`not ${depth}`, `select ${"not ".repeat(depth)}1 as v`);
      run(`and ${depth}`, `select ${"1 and ".repeat(depth)}1 as v`);
      run(`abs ${depth}`, `select ${"abs(".repeat(depth)}1${")".repeat(depth)} as v`);
      run(`parentheses ${depth}`, `select ${"(".repeat(depth)}1${")".repeat(depth)} as v`);
    }
    run("parentheses 900", `select ${"(".repeat(900)}1${")".repeat(900)} as v`);
    for (const depth of [20, 50])
      run(`selects ${depth}`, `${"select (".repeat(depth)}select 1${")".repeat(depth)} as v`);
    run("where or 120", `select 1 as v where ${"0 or ".repeat(120)}1`);
    return log.response();
  }
}

export default toObject("OBJ");
