/*
spec: 7.1 transaction
covers: Transactions in a constructor, with and without blockConcurrencyWhile
object: OBJ Obj sqlite
*/
import { DurableObject } from "cloudflare:workers";
import { asking, pause, perform } from "./observe.mjs";

export class Obj extends DurableObject {
  fetch(request) {
    return perform(this, request);
  }
  constructor(ctx, env) {
    super(ctx, env);
    ctx.storage.transactionSync(() =>
      ctx.storage.kv.put("sync", (ctx.storage.kv.get("sync") ?? 0) + 1),
    );
    ctx.storage.transaction(async (txn) => {
      await txn.put("async", ((await txn.get("async")) ?? 0) + 1);
      await pause(5);
      this.done = true;
    });
    ctx.blockConcurrencyWhile(async () => {
      await ctx.storage
        .transaction(async (txn) => {
          await txn.put("section", 1);
          throw new RangeError("mine");
        })
        .catch((error) => {
          this.caught = error.message;
        });
    });
  }
  async look(log) {
    log.note("seen", this.done, this.caught, await this.ctx.storage.list());
  }
  restart() {
    this.ctx.abort("mine");
  }
}

export default asking("OBJ", ["look", "restart", "look"]);
