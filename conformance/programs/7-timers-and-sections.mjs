/*
spec: 7.1 transaction
covers: Timers from before wait for its end; blockConcurrencyWhile inside it and around it
object: OBJ Obj sqlite
*/
import { DurableObject } from "cloudflare:workers";
import { asking, pause, perform } from "./observe.mjs";

export class Obj extends DurableObject {
  fetch(request) {
    return perform(this, request);
  }
  async run(log) {
    const { ctx } = this;
    const { storage } = ctx;
    const order = [];
    const timer = pause(1).then(() => order.push("timer from before"));
    await storage.transaction(async () => {
      order.push("starts");
      await pause(10);
      order.push("ends");
    });
    await timer;
    log.note("timer", order.splice(0));
    await log.try("section inside", () =>
      storage.transaction(async (txn) => {
        await txn.put("a", 1);
        const value = await ctx.blockConcurrencyWhile(async () => {
          await storage.put("b", 2);
          await pause(2);
          return "inner";
        });
        order.push(value);
        throw new RangeError("mine");
      }),
    );
    log.note("undone", order.splice(0), await storage.list());
    await log.try("transaction inside a section", () =>
      ctx.blockConcurrencyWhile(async () => {
        const value = await storage.transaction(async (txn) => {
          await txn.put("c", 3);
          await pause(2);
          return "inner";
        });
        const caught = await storage
          .transaction(async (txn) => {
            await txn.put("d", 4);
            throw new RangeError("caught");
          })
          .catch((error) => error.message);
        return [value, caught];
      }),
    );
    log.note("left", await storage.list());
    const after = [];
    const section = storage.transaction(async () => {
      await pause(5);
      after.push("transaction");
    });
    const block = ctx.blockConcurrencyWhile(async () => {
      after.push("section");
    });
    await Promise.all([section, block]);
    log.note("together", after);
  }
}

export default asking("OBJ", ["run"]);
