/*
spec: 8 SQL, must-test
covers: WITHOUT ROWID, STRICT, AUTOINCREMENT, defaults and checks
object: OBJ Obj sqlite
*/
import { DurableObject } from "cloudflare:workers";
import { SqlJournal, toObject } from "./observe.mjs";

export class Obj extends DurableObject {
  fetch() {
    const { sql } = this.ctx.storage;
    const log = new SqlJournal(sql);
    log.queries(
      "create table w (k text primary key, v) without rowid",
      "insert into w values ('b', 1), ('a', 2)",
      "select * from w",
      "select rowid from w",
      "insert into w values (null, 1)",
      "create table x (a) without rowid",
      "create table s (i int, r real, t text, b blob, a any) strict",
      "insert into s values (1, 1, 'x', x'00', 1)",
      "insert into s values ('1', '1.5', 5, x'00', '1')",
      "insert into s values ('x', 1, 'x', x'00', 1)",
      "insert into s values (1.5, 1, 'x', x'00', 1)",
      "insert into s values (1, 'x', 'x', x'00', 1)",
      "insert into s values (1, 1, 'x', 'x', 1)",
      "select typeof(i), typeof(r), typeof(t), typeof(b), typeof(a) from s",
      "create table y (a varchar) strict",
      "create table y (a) strict",
      "create table au (id integer primary key autoincrement, a)",
      "insert into au (a) values (1), (2)",
      "delete from au",
      "insert into au (a) values (3)",
      "select * from au",
      "insert into au values (100, 1)",
      "insert into au (a) values (1)",
      "select max(id) from au",
      "select * from sqlite_sequence",
      "create table df (a default 5, b default 'x', c default (1 + 1), d default null, e default true, f default -1.5, g default x'00', h text not null default '')",
      "insert into df default values",
      "select * from df",
      "insert into df (a) values (null)",
      "create table ck (a int check (a > 0), b text check (length(b) < 3), constraint both check (a < length(b) * 10), c not null on conflict ignore)",
      "insert into ck values (1, 'x', 1)",
      "insert into ck values (0, 'x', 1)",
      "insert into ck values (1, 'xxx', 1)",
      "insert into ck values (50, 'x', 1)",
      "insert into ck values (1, 'x', null)",
      "select * from ck",
      "create table pk (a, b, primary key (a, b))",
      "insert into pk values (1, 1), (1, 2), (1, 1)",
      "create table pk2 (a primary key, b primary key)",
      "create table dup (a, a)",
      "create table em ()",
      "create table ck (z)",
    );
    return log.response();
  }
}

export default toObject("OBJ");
