/*
spec: 8.1 exec
covers: Several statements: all but the last run fully, the cursor is of the last
covers: Earlier effects stay when a later one fails
object: OBJ Obj sqlite
*/
import { DurableObject } from "cloudflare:workers";
import { SqlJournal, toObject } from "./observe.mjs";

export class Obj extends DurableObject {
  fetch() {
    const { sql } = this.ctx.storage;
    const log = new SqlJournal(sql);
    log.query("create table t (a); insert into t values (1), (2); select a from t");
    log.query("select 1; select 2 as two; select 3 as three");
    log.query("insert into t values (3); select a from t; insert into t values (4)");
    log.query("select count(*) from t");
    log.query("insert into t values (5); insert into absent values (1); insert into t values (6)");
    log.query("select a from t");
    log.query("insert into t values (7); selec");
    log.query("select a from t");
    log.query("insert into t values (8); insert into t values (9) returning a");
    log.query(
      "create table u (b); insert into u select a from t; delete from u; select count(*) as n from u;",
    );
    log.query("select * from u");
    log.query("  ; select 1 as leading");
    log.query(";;; select 1 as leading");
    log.query("select 1 as white_space ;  \n\t ");
    log.query("select ';' as inside, 'a;b' as text");
    log.query(
      "create table v (a); create trigger vt after insert on v begin insert into t values (new.a); insert into t values (-new.a); end; insert into v values (50)",
    );
    log.query("select a from t where abs(a) = 50");
    return log.response();
  }
}

export default toObject("OBJ");
