/*
spec: 7.1 transaction, 12
covers: Transactions nest up to a bound; transactionSync inside them
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
    const nest = async (levels) => {
      let reached = 0;
      const level = async (n) => {
        reached = n;
        await storage.put(`level ${n}`, n);
        if (n < levels) await storage.transaction(() => level(n + 1));
      };
      try {
        await storage.transaction(() => level(1));
        log.note(`${levels} levels`, reached, (await storage.list()).size);
      } catch (error) {
        log.note(`${levels} levels fail`, error, reached, (await storage.list()).size);
      }
    };
    for (const levels of [1, 10, 40]) await nest(levels);
    await storage.deleteAll();
    const mixed = async (n) => {
      await storage.transaction(async () => {
        storage.transactionSync(() => storage.kv.put(`mixed ${n}`, n));
        if (n < 10) await mixed(n + 1);
        if (n === 5) throw new RangeError("five");
      });
    };
    await log.try("mixed", () => mixed(1));
    log.note("left", (await storage.list()).size);
  }
}

export default asking("OBJ", ["run"]);
