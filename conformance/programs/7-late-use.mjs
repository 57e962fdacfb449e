/*
spec: 7.1 transaction, must-test
covers: txn after its end: every operation says so
object: OBJ Obj sqlite
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
    const uses = [
      ["get", "a"],
      ["get", ["a"]],
      ["put", "a", 1],
      ["put", { a: 1 }],
      ["delete", "a"],
      ["delete", ["a"]],
      ["list"],
      ["deleteAll"],
      ["getAlarm"],
      ["setAlarm", 5],
      ["deleteAlarm"],
      ["rollback"],
      ["get"],
      ["put", "k"],
    ];
    const late = async (label, txn) => {
      for (const [name, ...args] of uses)
        await log.try(`${label}: ${name}(${args.map((arg) => JSON.stringify(arg))})`, () =>
          txn[name](...args),
        );
    };
    let leaked;
    await storage.transaction(async (txn) => {
      leaked = txn;
      await txn.put("kept", 1);
    });
    await late("committed", leaked);
    await storage
      .transaction(async (txn) => {
        leaked = txn;
        await txn.put("gone", 1);
        throw new RangeError("mine");
      })
      .catch(() => {});
    await late("thrown", leaked);
    await storage.transaction(async (txn) => {
      leaked = txn;
      txn.rollback();
    });
    await late("rolled back", leaked);
    log.note("left", await storage.list());
  }
}

export default asking("OBJ", ["run"]);
