/*
spec: 8 SQL, must-test
covers: json_each and json_tree in joins, generated columns over JSON, indexes on expressions
object: OBJ Obj sqlite
*/
import { DurableObject } from "cloudflare:workers";
import { SqlJournal, toObject } from "./observe.mjs";

export class Obj extends DurableObject {
  fetch() {
    const { sql } = this.ctx.storage;
    const log = new SqlJournal(sql);
    sql.exec(
      "create table t (id integer primary key, doc text check (json_valid(doc)), name text generated always as (doc ->> 'name'), age int generated always as (doc ->> '$.age') stored)",
    );
    sql.exec(
      "create index by_name on t (name); create index by_tag on t (json_extract(doc, '$.tags[0]'))",
    );
    log.query(
      "insert into t (doc) values (?), (?), (?)",
      JSON.stringify({ name: "ann", age: 30, tags: ["a", "b"] }),
      JSON.stringify({ name: "bob", age: 25, tags: ["c"] }),
      JSON.stringify({ name: "é😀", tags: [] }),
    );
    log.query("insert into t (doc) values (?)", "{broken");
    log.queries(
      "select id, name, age from t order by id",
      "select name from t where name = 'bob'",
      "select t.name, tag.value from t, json_each(t.doc, '$.tags') as tag order by 1, 2",
      'select key, value, type, path from json_tree(\'{"a": [1, {"b": null}]}\')',
      "select json_group_array(json_object('n', name, 'a', age)) as all_of_them from (select * from t order by id)",
      "update t set doc = json_set(doc, '$.age', age + 1) where id = 1",
      "select doc from t where id = 1",
      "select id from t where json_extract(doc, '$.tags[0]') = 'c'",
      "select count(*) as n from t, json_each(t.doc)",
      "select value ->> 'x' as x from json_each('[{\"x\": 1}, {\"x\": 2}]') order by x desc",
      "update t set name = 'no'",
      "insert into t (id, age) values (9, 1)",
      "select * from json_each('{')",
      "select * from json_each(null)",
      "select jsonb(doc) ->> 'name' as n from t where id = 2",
    );
    log.query(
      "select value from json_each(?)",
      JSON.stringify([1, "two", null, true, { three: 3 }]),
    );
    return log.response();
  }
}

export default toObject("OBJ");
