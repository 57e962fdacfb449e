/*
spec: 8.5 functions, must-test
covers: The date functions are callable
object: OBJ Obj sqlite
*/
import { DurableObject } from "cloudflare:workers";
import { SqlJournal, toObject } from "./observe.mjs";

export class Obj extends DurableObject {
  fetch() {
    const { sql } = this.ctx.storage;
    const log = new SqlJournal(sql);
    const expressions = [
      "date('2024-02-29')",
      "date('2024-01-31', '+1 month')",
      "time('12:34:56.789')",
      "datetime('2024-02-29 12:00', '+1 day', 'start of month')",
      "datetime(0, 'unixepoch')",
      "datetime(1700000000.5, 'unixepoch', 'subsec')",
      "datetime('2024-01-01', 'weekday 0')",
      "julianday('2000-01-01')",
      "unixepoch('2000-01-01')",
      "unixepoch('2000-01-01 00:00:00.5', 'subsec')",
      "strftime('%Y %m %d %H %M %S %f %j %J %w %W %s %%', '2024-02-29 12:34:56.789')",
      "strftime('%e %F %G %g %I %k %l %p %P %R %T %u %U %V', '2024-02-29 02:34:56')",
      "strftime('%q', '2024-01-01')",
      "timediff('2024-03-01', '2023-02-28 12:00')",
      "length(current_date)",
      "length(current_time)",
      "length(current_timestamp)",
      "date() = current_date",
      "abs(unixepoch() - unixepoch('now')) < 2",
      "date('now', '-1 day') < date('now')",
      "date('not a date')",
      "date('2024-13-01')",
      "datetime('now', 'localtime') is not null",
      "datetime('2024-01-01', 'utc')",
      "datetime(2460000.5)",
      "datetime(1e9, 'auto')",
      "date('2024-01-31', '+1 month', 'floor')",
      "date('2024-01-31', '+1 month', 'ceiling')",
    ];
    for (const expression of expressions) log.query(`select ${expression}`);
    return log.response();
  }
}

export default toObject("OBJ");
