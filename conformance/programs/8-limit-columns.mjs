/*
spec: 8.7 limits, must-test
covers: 100 columns in tables, results, indexes, SET and VALUES; not 101
object: OBJ Obj sqlite
*/
import { DurableObject } from "cloudflare:workers";
import { SqlJournal, toObject } from "./observe.mjs";

export class Obj extends DurableObject {
  fetch() {
    const { sql } = this.ctx.storage;
    const log = new SqlJournal(sql);
    const list = (count, text) => Array.from({ length: count }, (_, i) => text(i)).join(", ");
    const run = (label, query) => log.attempt(label, () => sql.exec(query).toArray().length);
    for (const count of [100, 101]) {
      run(`create table ${count}`, `create table t${count} (${list(count, (i) => `c${i}`)})`);
      run(`select ${count}`, `select ${list(count, (i) => `${i} as c${i}`)}`);
      run(`group by ${count}`, `select 1 group by ${list(count, (i) => `'${i}'`)}`);
      run(`order by ${count}`, `select 1 as a order by ${list(count, () => "a")}`);
      run(`values ${count}`, `values (${list(count, (i) => i)})`);
      run(
        `view ${count}`,
        `create view v${count} as select ${list(count, (i) => `${i} as c${i}`)}`,
      );
      run(
        `create as ${count}`,
        `create table s${count} as select ${list(count, (i) => `${i} as c${i}`)}`,
      );
    }
    run("index 100", `create index i on t100 (${list(100, (i) => `c${i}`)})`);
    run("update 100", `update t100 set ${list(100, (i) => `c${i} = 1`)}`);
    run("add the 101st", "alter table t100 add column another");
    run("star of two", "select * from t100, t100 as u");
    run("in 1000", `select 1 where 1 in (${list(1000, (i) => i)})`);
    run("insert 100", `insert into t100 values (${list(100, (i) => i)})`);
    run("insert 101", `insert into t100 values (${list(101, (i) => i)})`);
    run("insert 99", `insert into t100 values (${list(99, (i) => i)})`);
    return log.response();
  }
}

export default toObject("OBJ");
