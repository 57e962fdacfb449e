/*
spec: 7.1 transaction, 5.5
covers: deleteAll inside a transaction, by txn and by storage; transactions after deleteAll
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
    await storage.put("a", 1);
    await log.try("in transaction", () =>
      storage.transaction(async (txn) => {
        await txn.put("b", 1);
        await log.try("txn.deleteAll", () => txn.deleteAll());
        await log.try("storage.deleteAll", () => storage.deleteAll());
        return "value";
      }),
    );
    log.note("left", await storage.list());
    await storage.put("d", 1);
    await storage.deleteAll();
    await log.try("transaction afterwards", () =>
      storage.transaction(async (txn) => {
        await txn.put("e", 1);
        return (await txn.list()).size;
      }),
    );
    log.note("left", await storage.list());
  }
}

export default asking("OBJ", ["run"]);
