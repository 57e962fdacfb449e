/*
spec: 8.1 exec
covers: Bindings belong to the last statement only; their number is exact
covers: ? ?N :a @a $a all bind by position
object: OBJ Obj sqlite
*/
import { DurableObject } from "cloudflare:workers";
import { SqlJournal, toObject } from "./observe.mjs";

export class Obj extends DurableObject {
  fetch() {
    const { sql } = this.ctx.storage;
    const log = new SqlJournal(sql);
    sql.exec("create table t (a, b)");
    log.query("insert into t values (1, 2); insert into t values (?, ?)", 3, 4);
    log.query("insert into t values (?, ?); select 1", 5, 6);
    log.query("insert into t values (?, ?); insert into t values (?, ?)", 5, 6);
    log.query("insert into t values (?, ?); insert into t values (?, ?)", 5, 6, 7, 8);
    log.query("insert into t values (?, 6); select 1");
    log.query("select * from t");
    log.query("select ?");
    log.query("select ?", 1, 2);
    log.query("select 1", 1);
    log.query("select ?, ?", 1);
    log.query("select ?1, ?1", 1);
    log.query("select ?2, ?1", 1, 2);
    log.query("select ?3", 1);
    log.query("select ?3", 1, 2, 3);
    log.query("select :a, @b, $c, ?", 1, 2, 3, 4);
    log.query("select :a, :a, @a", 1, 2);
    log.query("select ?, ?1, ?", 1, 2);
    log.query("select ?0", 1);
    log.query("select ?5, ?", 1, 2, 3, 4, 5, 6);
    log.query("create table u (a default ?)", 1);
    log.query("create view w as select ?", 1);
    log.query("insert into t values (?, ?)", [1, 2]);
    log.query("select 1", undefined);
    log.query("select ?", undefined);
    return log.response();
  }
}

export default toObject("OBJ");
