/*
spec: 8 SQL, must-test
covers: ON CONFLICT in its forms, OR REPLACE, OR IGNORE, excluded
object: OBJ Obj sqlite
*/
import { DurableObject } from "cloudflare:workers";
import { SqlJournal, toObject } from "./observe.mjs";

export class Obj extends DurableObject {
  fetch() {
    const { sql } = this.ctx.storage;
    const log = new SqlJournal(sql);
    sql.exec("create table t (k text primary key, n int not null default 0, u text unique)");
    log.queries(
      "insert into t (k) values ('a') on conflict (k) do update set n = n + 1",
      "insert into t (k) values ('a') on conflict (k) do update set n = n + 1 returning k, n",
      "insert into t (k, n) values ('a', 10) on conflict (k) do update set n = excluded.n + t.n returning n",
      "insert into t (k, n) values ('a', 99) on conflict do nothing returning n",
      "insert into t values ('a', 5, 'x') on conflict (k) do update set n = 0 where t.n > 100 returning n",
      "insert into t values ('b', 1, 'x')",
      "insert into t values ('c', 2, 'x') on conflict (u) do update set k = excluded.k returning *",
      "insert into t values ('c', 3, 'y') on conflict (u) do nothing",
      "insert into t values ('c', 3, 'y') on conflict (k) do update set u = excluded.u on conflict (u) do nothing returning *",
      "insert into t (k) values ('z') on conflict (n) do nothing",
      "insert or ignore into t values ('c', 1, 'q'), ('d', 1, 'q')",
      "insert or replace into t values ('e', 5, 'q')",
      "select * from t order by k",
      "insert or fail into t values ('f', 1, 'f1'), ('a', 1, null), ('g', 1, 'g1')",
      "insert or abort into t values ('h', 1, 'h1'), ('a', 1, null), ('i', 1, 'i1')",
      "select k from t order by k",
      "update or replace t set k = 'a' where k = 'c'",
      "update or ignore t set u = 'q'",
      "insert into t (k, n) values ('n', null)",
      "insert or ignore into t (k, n) values ('n', null)",
      "insert or replace into t (k, n) values ('n', null) returning n",
      "select * from t order by k",
    );
    return log.response();
  }
}

export default toObject("OBJ");
