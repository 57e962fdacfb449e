/*
spec: 8.8 error format
covers: Unknown, ambiguous and repeated names
object: OBJ Obj sqlite
*/
import { DurableObject } from "cloudflare:workers";
import { SqlJournal, toObject } from "./observe.mjs";

export class Obj extends DurableObject {
  fetch() {
    const { sql } = this.ctx.storage;
    const log = new SqlJournal(sql);
    sql.exec("create table t (a, b); create table u (a, c); create view v as select a from t");
    log.queries(
      "select * from absent",
      "select absent from t",
      "select t.absent from t",
      "select absent.a from t",
      "select main.absent.a from t",
      "select absent.t.a from t",
      "select * from absent.t",
      "select absent.* from t",
      "select a from t, u",
      "select c, a from t join u on t.b = u.c",
      "insert into absent values (1)",
      "insert into t (absent) values (1)",
      "insert into t (a, a) values (1, 2)",
      "insert into t (a) values (1, 2)",
      "insert into t values (1)",
      "insert into t values (1, 2, 3)",
      "insert into t (a, b) select 1",
      "update absent set a = 1",
      "update t set absent = 1",
      "update t set a = absent",
      "update t set (a, b) = (1)",
      "delete from absent",
      "delete from t where absent = 1",
      "drop table absent",
      "drop view absent",
      "drop index absent",
      "drop trigger absent",
      "drop table v",
      "drop view t",
      "create table t (a)",
      "create index i on absent (a)",
      "create index i on t (absent)",
      "create view t as select 1",
      "select 1 union select 1, 2",
      "select a from t order by 3",
      "select a from t group by 2",
      "select a from t order by absent",
      "select a from t limit absent",
      "select count(*) from t where count(*) > 1",
      "select max(min(a)) from t",
      "select a from t having a",
      "select * from t join u using (absent)",
      "select * from t join u using (b)",
      "select * from t natural join u on 1",
      "select (select a, b from t)",
      "select 1 in (select 1, 2)",
      "select (1, 2)",
      "select * where 1",
      "select *",
      "select t.*",
      "alter table absent add column x",
      "insert into v values (1)",
      "select 1 from t where (a, b) = 1",
      "select rowid from v",
      "reindex absent",
      "insert into t default values returning absent",
      "select a from t as x where t.a = 1",
      "select * from t as x, t as x",
      "create table z as select absent",
    );
    return log.response();
  }
}

export default toObject("OBJ");
