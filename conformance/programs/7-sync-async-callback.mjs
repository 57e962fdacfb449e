/*
spec: 7.2 transactionSync, must-test
covers: A promise is returned as it is; its later part is outside the transaction
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
    let promise;
    log.attempt("returns a promise", () => {
      promise = storage.transactionSync(async () => {
        kv.put("before", 1);
        await null;
        kv.put("after", 1);
        throw new RangeError("late");
      });
      return promise instanceof Promise;
    });
    log.note("at once", [...kv.list()]);
    await log.try("its end", () => promise);
    log.note("both stay", [...kv.list()]);
    await log.try("throws before its await", () =>
      storage.transactionSync(async () => {
        kv.put("rejected", 1);
        throw new RangeError("early");
      }),
    );
    log.note("is no throw", [...kv.list()]);
    log.attempt("a thenable", () => typeof storage.transactionSync(() => ({ then: 5 })));
    await log.try("within it an asynchronous one", () =>
      storage.transactionSync(() => storage.transaction(async () => kv.put("inside", 1))),
    );
    log.note("left", [...kv.list()]);
  }
}

export default asking("OBJ", ["run"]);
