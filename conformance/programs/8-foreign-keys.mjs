/*
spec: 8 SQL, must-test
covers: Foreign keys are on: actions, deferred and immediate ones
object: OBJ Obj sqlite
*/
import { DurableObject } from "cloudflare:workers";
import { SqlJournal, toObject } from "./observe.mjs";

export class Obj extends DurableObject {
  fetch() {
    const { sql } = this.ctx.storage;
    const log = new SqlJournal(sql);
    sql.exec(
      "create table p (id integer primary key, k text unique); insert into p values (1, 'a'), (2, 'b'), (3, 'c'), (4, 'd'), (5, 'e')",
    );
    sql.exec(
      "create table ca (p references p on delete cascade on update cascade); create table sn (p references p on delete set null); create table sd (p default 5 references p on delete set default); create table re (p references p on delete restrict); create table na (p references p); create table tx (k text references p (k) on update cascade)",
    );
    log.queries(
      "insert into ca values (1), (2)",
      "insert into sn values (1), (2)",
      "insert into sd values (1)",
      "insert into tx values ('a')",
      "insert into ca values (99)",
      "insert into tx values ('zz')",
      "insert into ca values (null)",
      "update p set k = 'aa' where id = 1",
      "select * from tx",
      "delete from tx",
      "delete from p where id = 1",
      "select * from ca",
      "select * from sn",
      "select * from sd",
      "insert into re values (3)",
      "delete from p where id = 3",
      "insert into na values (4)",
      "delete from p where id = 4",
      "update p set id = 40 where id = 4",
      "update p set id = 20 where id = 2",
      "select * from ca",
      "drop table p",
      "select id from p order by id",
      "create table de (p references p deferrable initially deferred)",
      "insert into de values (77)",
      "insert into p values (77, 'late')",
      "select * from de",
      "create table self (id integer primary key, up references self)",
      "insert into self values (1, 1), (2, 1)",
      "insert into self values (3, 4), (4, null)",
      "delete from self where id = 1",
      "create table bad (a references p (absent))",
      "insert into bad values (1)",
      "create table two (a, b, foreign key (a, b) references p (id, k))",
      "insert into two values (5, 'e')",
      "insert into two values (5, null)",
      "pragma foreign_key_check(na)",
      "replace into p values (5, 'new')",
      "select * from sd",
    );
    return log.response();
  }
}

export default toObject("OBJ");
