/*
spec: 8 SQL
covers: Seven hundred pseudo-random statements give the same rows on both
object: OBJ Obj sqlite
*/
import { DurableObject } from "cloudflare:workers";
import { SqlJournal, toObject } from "./observe.mjs";

export class Obj extends DurableObject {
  fetch() {
    const { storage } = this.ctx;
    const { sql } = storage;
    const log = new SqlJournal(sql);
    let state = 12345;
    const random = (n) => {
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
      return Math.floor((state / 2 ** 32) * n);
    };
    sql.exec(
      "create table t (id integer primary key, a int, b text, c real); create index ia on t (a); create index ib on t (b, c)",
    );
    const statements = [
      () =>
        sql.exec(
          "insert into t (a, b, c) values (?, ?, ?)",
          random(50),
          `b${random(20)}`,
          random(1000) / 8,
        ),
      () =>
        sql.exec(
          "insert or replace into t values (?, ?, ?, ?)",
          random(100),
          random(50),
          `r${random(20)}`,
          random(10),
        ),
      () =>
        sql.exec("update t set a = a + ?, c = c * 1.5 where b = ?", random(5), `b${random(20)}`),
      () => sql.exec("update t set b = b || 'x' where id % 17 = ?", random(17)),
      () => sql.exec("delete from t where a = ?", random(60)),
      () =>
        sql.exec("delete from t where id in (select id from t order by c desc limit ?)", random(3)),
      () =>
        sql.exec(
          "insert into t (a, b, c) select a + 1, b, c from t where a = ? limit 5",
          random(50),
        ),
    ];
    const checks = [
      () => sql.exec("select count(*), sum(a), round(total(c), 3), max(b) from t").raw().toArray(),
      () =>
        sql
          .exec("select a, count(*) as n from t group by a order by n desc, a limit 5")
          .raw()
          .toArray(),
      () =>
        sql
          .exec("select id, b from t where b > ? order by b, c, id limit 6", `b${random(20)}`)
          .raw()
          .toArray(),
      () =>
        sql
          .exec("select id from t where a between ? and 40 order by id desc limit 8", random(40))
          .raw()
          .toArray(),
    ];
    for (let i = 0; i < 700; i++) {
      if (i % 100 === 50) {
        try {
          storage.transactionSync(() => {
            for (let j = 0; j < 10; j++) statements[random(statements.length)]().toArray();
            if (random(2)) throw new Error("undone");
          });
          log.note(`${i} transaction`, "kept");
        } catch (error) {
          log.note(`${i} transaction`, error.message);
        }
      }
      statements[random(statements.length)]().toArray();
      if (i % 10 === 0) log.note(i, checks[random(checks.length)]());
    }
    return log.response();
  }
}

export default toObject("OBJ");
