/*
spec: 7.1 transaction, must-test
covers: Transactions started together run one after another, timers inside included
object: OBJ Obj sqlite
*/
import { DurableObject } from "cloudflare:workers";
import { asking, pause, perform } from "./observe.mjs";

export class Obj extends DurableObject {
  fetch(request) {
    return perform(this, request);
  }
  async run(log) {
    const { storage } = this.ctx;
    const order = [];
    const add = (name, fail) =>
      storage.transaction(async (txn) => {
        order.push(`${name} starts`);
        const count = (await txn.get("count")) ?? 0;
        await pause(3);
        await txn.put("count", count + 1);
        order.push(`${name} ends at ${count + 1}`);
        if (fail) throw new RangeError(name);
        return count + 1;
      });
    const results = await Promise.allSettled([
      add("a"),
      add("b"),
      add("c", true),
      add("d"),
      add("e"),
    ]);
    log.note(
      "results",
      results.map(({ status, value, reason }) => value ?? `${status} ${reason.message}`),
    );
    for (const line of order) log.note(line);
    log.note("count", await storage.get("count"));
  }
}

export default asking("OBJ", ["run"]);
