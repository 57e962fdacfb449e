/*
spec: 8 SQL, must-test
covers: Window functions over real tables, named windows, frames, running totals
object: OBJ Obj sqlite
*/
import { DurableObject } from "cloudflare:workers";
import { SqlJournal, toObject } from "./observe.mjs";

export class Obj extends DurableObject {
  fetch() {
    const { sql } = this.ctx.storage;
    const log = new SqlJournal(sql);
    sql.exec(
      "create table sales (day int, shop text, amount int); insert into sales values (1, 'a', 10), (1, 'b', 5), (2, 'a', 20), (2, 'b', 7), (3, 'a', 5), (3, 'b', 9), (4, 'a', 40)",
    );
    log.queries(
      "select shop, day, sum(amount) over (partition by shop order by day) as running from sales order by shop, day",
      "select day, amount - lag(amount, 1, 0) over w as change from sales where shop = 'a' window w as (order by day)",
      "select shop, amount, rank() over (order by amount desc) as place from sales order by place, shop",
      "select * from (select shop, day, row_number() over (partition by shop order by amount desc) as n from sales) where n = 1 order by shop",
      "select day, avg(amount) over (order by day rows between 1 preceding and 1 following) as moving from sales where shop = 'a'",
      "select shop, first_value(amount) over w, last_value(amount) over w, nth_value(amount, 2) over w from sales window w as (partition by shop order by day rows between unbounded preceding and unbounded following) order by 1",
      "select day, sum(amount) over (order by day range between 1 preceding and current row) as s from sales order by day, s",
      "select ntile(3) over (order by amount) as third, count(*) over () as n from sales order by third",
      "select shop, group_concat(amount, '+') over (partition by shop order by day groups between 1 preceding and current row) as g from sales order by shop, day",
      "select day, max(amount) filter (where shop = 'a') over (order by day) as m from sales order by day, m",
      "select sum(sum(amount)) over (order by shop) as s from sales group by shop",
    );
    return log.response();
  }
}

export default toObject("OBJ");
