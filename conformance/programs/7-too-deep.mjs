/*
spec: 7.1 transaction, 12
covers: Sections nested beyond 64 levels reset the object
object: OBJ Obj sqlite
*/
import { DurableObject } from "cloudflare:workers";
import { asking, perform } from "./observe.mjs";

export class Obj extends DurableObject {
  fetch(request) {
    return perform(this, request);
  }
  memory = 0;
  async deep(log, levels) {
    const { storage } = this.ctx;
    let reached = 0;
    const level = async (n) => {
      reached = n;
      if (n < levels) await storage.transaction(() => level(n + 1));
    };
    await log.try(`${levels} levels`, () => storage.transaction(() => level(1)));
    log.note("reached", reached);
  }
  sixty(log) {
    return this.deep(log, 60);
  }
  eighty(log) {
    return this.deep(log, 80);
  }
  async look(log) {
    log.note("memory", this.memory++, (await this.ctx.storage.list()).size);
  }
}

export default asking("OBJ", ["look", "sixty", "look", "eighty", "look"]);
