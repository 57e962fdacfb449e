/*
spec: 8 SQL, must-test
covers: Joins of every kind, grouping, ordering, subqueries, set operations
object: OBJ Obj sqlite
*/
import { DurableObject } from "cloudflare:workers";
import { SqlJournal, toObject } from "./observe.mjs";

export class Obj extends DurableObject {
  fetch() {
    const { sql } = this.ctx.storage;
    const log = new SqlJournal(sql);
    sql.exec(
      "create table a (id integer primary key, n text); create table b (id integer primary key, a_id int, v real); insert into a values (1, 'one'), (2, 'two'), (3, null); insert into b values (1, 1, 1.5), (2, 1, 2.5), (3, 2, -1), (4, 9, 0)",
    );
    log.queries(
      "select a.n, b.v from a join b on b.a_id = a.id order by b.id",
      "select a.n, b.v from a left join b on b.a_id = a.id order by a.id, b.id",
      "select a.n, b.v from a right join b on b.a_id = a.id order by b.id",
      "select a.id, b.id from a full join b on b.a_id = a.id order by 1, 2",
      "select count(*) from a cross join b",
      "select * from a natural join b",
      "select a.n from a join b using (id) order by 1 desc",
      "select n, sum(v), count(*) from a join b on a_id = a.id group by n having sum(v) > 0",
      "select n from a order by n nulls last",
      "select n from a order by n desc nulls first",
      "select n from a order by n collate nocase limit 1 offset 1",
      "select (select max(v) from b where a_id = a.id) as m from a",
      "select n from a where exists (select 1 from b where a_id = a.id)",
      "select n from a where id not in (select a_id from b)",
      "select distinct a_id from b order by 1",
      "select id from a union all select id from b order by id desc limit 3",
      "select id from b except select id from a",
      "select * from (values (1, 'x'), (2, 'y'))",
      "select case when v > 0 then 'plus' when v < 0 then 'minus' else 'zero' end as s, count(*) from b group by 1 order by 1",
      "select a_id, v, sum(v) over (partition by a_id order by id) as running from b",
      "select * from a, b where a.id = b.id and (a.n, b.v) = ('one', 1.5)",
      "select (1, 2) < (1, 3), (1, 2) = (1, 2)",
      "select id from b where v between -1 and 2 order by abs(v), id",
      "select min(v), n from a join b on a_id = a.id",
      "select n from a join b on a_id = a.id where n like 'O%' group by n",
      "select group_concat(n) from a",
      "select total(v), avg(v), count(v) from b where a_id = 77",
      "select id from a where n is not null and n is distinct from 'one'",
    );
    return log.response();
  }
}

export default toObject("OBJ");
