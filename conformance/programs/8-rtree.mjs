/*
spec: 8 SQL, must-test
covers: R*Tree: create, insert, range queries, rtree_i32, auxiliary columns, check
object: OBJ Obj sqlite
*/
import { DurableObject } from "cloudflare:workers";
import { SqlJournal, toObject } from "./observe.mjs";

export class Obj extends DurableObject {
  fetch() {
    const { sql } = this.ctx.storage;
    const log = new SqlJournal(sql);
    log.queries(
      "create virtual table r using rtree(id, x0, x1, y0, y1, +name)",
      "insert into r values (1, 0, 10, 0, 10, 'a'), (2, 5, 15, 5, 15, 'b'), (3, 100, 110, 100, 110, 'c')",
      "select id, name from r where x1 >= 8 and x0 <= 12 and y1 >= 8 and y0 <= 12 order by id",
      "select * from r where id = 3",
      "update r set x0 = 90 where id = 3",
      "select x0, x1 from r where id = 3",
      "delete from r where id = 1",
      "select count(*) as n from r",
      "insert into r values (4, 10, 5, 0, 0, 'wrong')",
      "insert into r values (2, 0, 1, 0, 1, 'again')",
      "insert or replace into r values (2, 0, 1, 0, 1, 'again')",
      "select * from r where name = 'again'",
      "select rtreecheck('r')",
      "select rtreecheck('main', 'r')",
      "select rtreecheck('absent')",
      "create virtual table i using rtree_i32(id, a, b)",
      "insert into i values (1, 1.9, 2.9)",
      "select * from i",
      "create virtual table w using rtree(id)",
      "create virtual table w using rtree(id, a)",
      "select name from sqlite_master where name like 'r%' order by name",
      "drop table r",
      "select name from sqlite_master where name like 'r%'",
    );
    sql.exec("create virtual table many using rtree(id, x0, x1)");
    for (let i = 0; i < 300; i++) sql.exec("insert into many values (?, ?, ?)", i, i, i + 1);
    log.queries(
      "select count(*) as n, sum(id) as s from many where x0 >= 100 and x1 <= 200",
      "select rtreecheck('many')",
      "select min(id), max(id) from many where x0 > 290",
    );
    return log.response();
  }
}

export default toObject("OBJ");
