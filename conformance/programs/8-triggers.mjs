/*
spec: 8 SQL, must-test
covers: Triggers: before, after, instead of, when, raise, of columns, old and new
object: OBJ Obj sqlite
*/
import { DurableObject } from "cloudflare:workers";
import { SqlJournal, toObject } from "./observe.mjs";

export class Obj extends DurableObject {
  fetch() {
    const { sql } = this.ctx.storage;
    const log = new SqlJournal(sql);
    sql.exec(
      "create table t (id integer primary key, a, b); create table l (n integer primary key, what); create view v as select id, a from t",
    );
    log.queries(
      "create trigger i after insert on t begin insert into l (what) values ('insert ' || new.id || ' ' || new.a); end",
      "create trigger u after update of a on t when old.a is not new.a begin insert into l (what) values ('update ' || old.a || ' to ' || new.a); end",
      "create trigger d before delete on t begin insert into l (what) values ('delete ' || old.a); end",
      "create trigger vi instead of insert on v begin insert into t (id, a) values (new.id, new.a || ' by view'); end",
      "create trigger vd instead of delete on v begin delete from t where id = old.id; end",
      "create trigger c before insert on t when new.a = 'bad' begin select raise(abort, 'no bad ones'); end",
      "create trigger g before insert on t when new.a = 'skip' begin select raise(ignore); end",
      "create trigger f before insert on t when new.a = 'fail' begin select raise(fail, 'failed'); end",
      "create trigger r before insert on t when new.a = 'back' begin select raise(rollback, 'rolled back'); end",
      "insert into t values (1, 'x', null), (2, 'y', null)",
      "update t set b = 5",
      "update t set a = 'z' where id = 1",
      "update t set a = 'z' where id = 1",
      "insert into v values (3, 'w')",
      "delete from v where id = 3",
      "delete from t where id = 2",
      "insert into t (a) values ('good'), ('bad')",
      "insert into t (a) values ('skip'), ('kept')",
      "insert into t (a) values ('before'), ('fail'), ('after')",
      "select what from l order by n",
      "select id, a from t",
      "create trigger i after insert on t begin select 1; end",
      "create trigger if not exists i after insert on t begin select 1; end",
      "create trigger x after insert on absent begin select 1; end",
      "create trigger x instead of insert on t begin select 1; end",
      "create trigger x after insert on t begin insert into absent values (1); end",
      "insert into t (a) values ('z')",
      "drop trigger x",
      "insert into t (a) values ('z')",
      "drop trigger absent",
      "insert into v (id) values (null)",
      "update v set a = 1",
    );
    return log.response();
  }
}

export default toObject("OBJ");
