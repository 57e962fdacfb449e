/*
spec: 7.1 transaction, must-test
covers: Nested transactions: inner and outer, each committing, throwing or rolling back
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
    for (const outer of ["commits", "throws", "rolls back"])
      for (const inner of ["commits", "throws", "throws, caught", "rolls back"]) {
        for (const [key] of [...kv.list()]) kv.delete(key);
        sql.exec("delete from t");
        await log.try(`outer ${outer}, inner ${inner}`, () =>
          storage.transaction(async (txn) => {
            await txn.put("outer before", 1);
            sql.exec("insert into t values ('outer before')");
            const nested = storage.transaction(async (innerTxn) => {
              await innerTxn.put("inner", 1);
              await innerTxn.put("outer before", 2);
              sql.exec("insert into t values ('inner')");
              if (inner.startsWith("throws")) throw new RangeError("inner");
              if (inner === "rolls back") innerTxn.rollback();
              return "inner value";
            });
            let value;
            if (inner === "throws, caught") value = await nested.catch((error) => error.message);
            else value = await nested;
            await txn.put("outer after", 1);
            sql.exec("insert into t values ('outer after')");
            if (outer === "throws") throw new RangeError("outer");
            if (outer === "rolls back") txn.rollback();
            return value;
          }),
        );
        log.note("  left", [...kv.list()], sql.exec("select x from t").raw().toArray().flat());
      }
  }
}

export default asking("OBJ", ["run"]);
