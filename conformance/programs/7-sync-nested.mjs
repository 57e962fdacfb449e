/*
spec: 7.2 transactionSync, must-test
covers: Nested: inner and outer, each committing or throwing
object: OBJ Obj sqlite
*/
import { DurableObject } from "cloudflare:workers";
import { asking, perform } from "./observe.mjs";

export class Obj extends DurableObject {
  fetch(request) {
    return perform(this, request);
  }
  async run(log) {
    const { storage } = this.ctx;
    const { kv, sql } = storage;
    sql.exec("create table t (x)");
    for (const outer of ["commits", "throws"])
      for (const inner of ["commits", "throws", "throws, caught"]) {
        for (const [key] of [...kv.list()]) kv.delete(key);
        sql.exec("delete from t");
        log.attempt(`outer ${outer}, inner ${inner}`, () =>
          storage.transactionSync(() => {
            kv.put("outer before", 1);
            sql.exec("insert into t values ('outer before')");
            const nested = () =>
              storage.transactionSync(() => {
                kv.put("inner", 1);
                kv.put("outer before", 2);
                sql.exec("insert into t values ('inner')");
                if (inner !== "commits") throw new RangeError("inner");
                return "inner value";
              });
            let value;
            if (inner === "throws, caught") {
              try {
                nested();
              } catch (error) {
                value = error.message;
              }
            } else value = nested();
            kv.put("outer after", 1);
            sql.exec("insert into t values ('outer after')");
            if (outer === "throws") throw new RangeError("outer");
            return value;
          }),
        );
        log.note("  left", [...kv.list()], sql.exec("select x from t").raw().toArray().flat());
      }
    const deep = (level) =>
      storage.transactionSync(() => {
        kv.put(`level ${level}`, level);
        if (level < 20) deep(level + 1);
        if (level === 10) throw new RangeError("at ten");
      });
    log.attempt("twenty deep", () => deep(1));
    log.note("left", [...kv.list()].length);
    const caught = (level) =>
      storage.transactionSync(() => {
        kv.put(`deep ${String(level).padStart(2, "0")}`, level);
        if (level < 70) {
          try {
            caught(level + 1);
          } catch {}
        }
        if (level % 7 === 3) throw new RangeError("now and then");
      });
    log.attempt("seventy deep", () => caught(1));
    log.note(
      "left",
      [...kv.list({ prefix: "deep" })].map(([, value]) => value),
    );
  }
}

export default asking("OBJ", ["run"]);
