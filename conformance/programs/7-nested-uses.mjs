/*
spec: 7.1 transaction
covers: The outer transaction while an inner one runs; the inner one after it; mixed with transactionSync
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
    const { kv } = storage;
    await log.try("outer rolls back under the inner", () =>
      storage.transaction(async (outer) => {
        await outer.put("a", 1);
        await storage.transaction(async (inner) => {
          await inner.put("b", 1);
          log.attempt("rollback of the outer", () => outer.rollback());
          await log.try("get of the outer", () => outer.get("b"));
          await log.try("put of the outer", () => outer.put("c", 1));
        });
        log.attempt("afterwards", () => outer.rollback());
        return "value";
      }),
    );
    log.note("left", [...kv.list()]);
    await log.try("the inner leaks", () =>
      storage.transaction(async (outer) => {
        let leaked;
        await storage.transaction(async (inner) => {
          leaked = inner;
        });
        await log.try("leaked get", () => leaked.get("a"));
        log.attempt("leaked rollback", () => leaked.rollback());
        await outer.put("outer", 1);
      }),
    );
    log.note("left", [...kv.list()]);
    await log.try("transactionSync inside", () =>
      storage.transaction(async (txn) => {
        await txn.put("before", 1);
        log.attempt("sync throws", () =>
          storage.transactionSync(() => {
            kv.put("sync", 1);
            kv.put("before", 2);
            throw new RangeError("sync");
          }),
        );
        log.note("then", [...kv.list()]);
        return "value";
      }),
    );
    log.note("left", [...kv.list()]);
    await log.try("the inner is not awaited", () =>
      storage.transaction(async (txn) => {
        await txn.put("unawaited outer", 1);
        storage
          .transaction(async (inner) => {
            await inner.put("unawaited inner", 1);
            await inner.get("x");
          })
          .catch((error) => log.note("inner", error));
        return "value";
      }),
    );
    await storage.sync();
    log.note("left", [...kv.list()]);
    await log.try("two inner ones together", () =>
      storage.transaction(async () => {
        const order = [];
        const one = (name) =>
          storage.transaction(async (txn) => {
            order.push(`${name} starts`);
            await txn.put(name, 1);
            await txn.get(name);
            order.push(`${name} ends`);
            if (name === "second") throw new RangeError(name);
          });
        const results = await Promise.allSettled([one("first"), one("second"), one("third")]);
        return [order, results.map(({ status }) => status)];
      }),
    );
    log.note("left", [...kv.list()]);
  }
}

export default asking("OBJ", ["run"]);
