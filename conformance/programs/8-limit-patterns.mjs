/*
spec: 8.7 limits, must-test
covers: LIKE and GLOB patterns of at most 50 bytes
object: OBJ Obj sqlite
*/
import { DurableObject } from "cloudflare:workers";
import { SqlJournal, toObject } from "./observe.mjs";

export class Obj extends DurableObject {
  fetch() {
    const { sql } = this.ctx.storage;
    const log = new SqlJournal(sql);
    for (const length of [49, 50, 51]) {
      const text = "a".repeat(length);
      log.query("select ? like ? as v", "x", text);
      log.query("select ? glob ? as v", "x", text);
      log.query("select like(?, ?) as v", text, "x");
      log.query("select glob(?, ?) as v", text, "x");
      log.query(`select '${text}' like '${text}' as v`);
    }
    log.query("select 'x' like ? as v", "é".repeat(25));
    log.query("select 'x' like ? as v", "é".repeat(26));
    log.query("select ? like '%' as v", "a".repeat(1000));
    log.query("select 'x' like ? escape '!' as v", `!%${"a".repeat(50)}`);
    sql.exec("create table t (a); insert into t values ('x'), ('y')");
    log.query("select * from t where a like ?", "x".repeat(60));
    log.query("select * from t where 0 and a like ?", "x".repeat(60));
    return log.response();
  }
}

export default toObject("OBJ");
