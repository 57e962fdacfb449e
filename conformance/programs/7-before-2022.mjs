/*
spec: 7.1, 13.2
covers: Before 2022-10-31 what is refused is thrown at once
object: OBJ Obj sqlite
date: 2022-10-30
*/
import { DurableObject } from "cloudflare:workers";
import { asking, perform } from "./observe.mjs";

export class Obj extends DurableObject {
  fetch(request) {
    return perform(this, request);
  }
  alarm() {}
  async run(log) {
    const { storage } = this.ctx;
    await log.try("transaction()", () => storage.transaction());
    await log.try("transaction(5)", () => storage.transaction(5));
    await log.try("setAlarm(0)", () => storage.setAlarm(0));
    await log.try("setAlarm()", () => storage.setAlarm());
    await log.try("thrown inside", () =>
      storage.transaction(() => {
        throw new RangeError("mine");
      }),
    );
    await log.try("inside", () =>
      storage.transaction(async (txn) => {
        await log.try("put(k)", () => txn.put("k"));
        await log.try("list", () => txn.list({ limit: 0 }));
        await log.try("deleteAll", () => txn.deleteAll());
        txn.rollback();
        await log.try("get", () => txn.get("a"));
        await log.try("delete", () => txn.delete("a"));
      }),
    );
  }
}

export default asking("OBJ", ["run"]);
