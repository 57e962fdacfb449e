/*
spec: 6 and 8.8
covers: A class not declared SQLite: sql and kv refuse, transactionSync works
object: OBJ Obj
*/
import { DurableObject } from "cloudflare:workers";
import { asking, perform } from "./observe.mjs";

export class Obj extends DurableObject {
  fetch(request) {
    return perform(this, request);
  }
  async run(log) {
    const { storage } = this.ctx;
    log.note(
      "properties",
      typeof storage.sql,
      typeof storage.kv,
      "sql" in storage,
      "kv" in storage,
    );
    log.attempt("the sql object", () => storage.sql.constructor.name);
    log.attempt("exec", () => storage.sql.exec("select 1"));
    log.attempt("exec of nothing", () => storage.sql.exec());
    log.attempt("databaseSize", () => storage.sql.databaseSize);
    log.attempt("Cursor", () => typeof storage.sql.Cursor);
    log.attempt("the kv object", () => storage.kv.constructor.name);
    log.attempt("kv.get", () => storage.kv.get("a"));
    log.attempt("kv.put", () => storage.kv.put("a", 1));
    log.attempt("kv.delete", () => storage.kv.delete("a"));
    log.attempt("kv.list", () => storage.kv.list());
    log.attempt("kv.get()", () => storage.kv.get());
    log.attempt("kv.list({ limit: 0 })", () => storage.kv.list({ limit: 0 }));
    await storage.put("a", 1);
    log.attempt("transactionSync", () => storage.transactionSync(() => "value"));
    log.attempt("rolled back", () =>
      storage.transactionSync(() => {
        storage.put("a", 2);
        storage.put("b", 2);
        throw new RangeError("mine");
      }),
    );
    log.note("kept", await storage.list());
    await log.try("transaction", () =>
      storage.transaction(async (txn) => (await txn.put("c", 3), await txn.get("a"))),
    );
    await log.try("alarm", () => storage.getAlarm());
    log.note("kept", await storage.list());
  }
}

export default asking("OBJ", ["run"]);
