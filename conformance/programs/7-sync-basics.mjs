/*
spec: 7.2 transactionSync
covers: Returns the value of the callback; what it writes stays; arguments
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
    log.attempt("value", () => storage.transactionSync(() => 5));
    log.attempt("undefined", () => storage.transactionSync(() => {}));
    log.attempt("object", () => storage.transactionSync(() => ({ a: [1] })));
    log.attempt("same object", () => {
      const object = {};
      return storage.transactionSync(() => object) === object;
    });
    log.attempt("arguments and this", () =>
      storage.transactionSync(function (...args) {
        return [args.length, this === undefined || this === globalThis || typeof this];
      }),
    );
    log.attempt("none", () => storage.transactionSync());
    log.attempt("no function", () => storage.transactionSync(5));
    log.attempt("object", () => storage.transactionSync({}));
    log.attempt("without this", () => (0, storage.transactionSync)(() => 1));
    log.attempt("writes", () =>
      storage.transactionSync(() => {
        kv.put("a", 1);
        sql.exec("create table t (x); insert into t values (1)");
        return [kv.get("a"), sql.exec("select x from t").raw().toArray()];
      }),
    );
    log.note("kept", kv.get("a"), sql.exec("select x from t").toArray());
    await storage.sync();
    log.note("after a sync", kv.get("a"), sql.exec("select x from t").toArray());
    log.attempt("class", () => storage.transactionSync(class {}));
  }
}

export default asking("OBJ", ["run"]);
