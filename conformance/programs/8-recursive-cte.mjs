/*
spec: 8 SQL, must-test
covers: Recursive and several common table expressions, with limits, cycles and trees
object: OBJ Obj sqlite
*/
import { DurableObject } from "cloudflare:workers";
import { SqlJournal, toObject } from "./observe.mjs";

export class Obj extends DurableObject {
  fetch() {
    const { sql } = this.ctx.storage;
    const log = new SqlJournal(sql);
    sql.exec(
      "create table tree (id integer primary key, parent int, name text); insert into tree values (1, null, 'root'), (2, 1, 'a'), (3, 1, 'b'), (4, 2, 'a1'), (5, 4, 'a1x')",
    );
    log.queries(
      "with recursive n(i) as (select 1 union all select i + 1 from n where i < 10) select group_concat(i) as all_of_them from n",
      "with recursive n(i) as (select 1 union all select i * 2 from n limit 12) select max(i) from n",
      "with recursive fib(a, b) as (select 0, 1 union all select b, a + b from fib where b < 200) select a from fib",
      "with recursive up(id, path) as (select id, name from tree where parent is null union all select t.id, up.path || '/' || t.name from tree t join up on t.parent = up.id) select path from up order by path",
      "with recursive up(id, level) as (select 1, 0 union all select t.id, level + 1 from tree t join up on t.parent = up.id order by 2 desc) select substr('..........', 1, level * 2) || name as line from up join tree using (id)",
      "with recursive c(x) as (select 1 union select x % 3 + 1 from c) select x from c order by x",
      "with a as (select 1 as x), b as (select x + 1 as y from a) select x, y from a, b",
      "with a(x) as materialized (select 5), b(x) as not materialized (select 6) select * from a union all select * from b",
      "with recursive n(i) as (select 1 union all select i + 1 from n where i < 5) insert into tree (parent, name) select 3, 'n' || i from n",
      "select count(*) as n from tree where parent = 3",
      "with recursive d(id) as (select 3 union all select tree.id from tree join d on tree.parent = d.id) delete from tree where id in d",
      "select count(*) as n from tree",
      "with x as (select * from x) select * from x",
      "with x(a, b) as (select 1) select * from x",
      "with x as (select 1), x as (select 2) select * from x",
    );
    return log.response();
  }
}

export default toObject("OBJ");
