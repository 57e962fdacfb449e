/*
spec: 4.1
covers: While an object awaits another object others' events run; also its own through a cycle; storage it read before is stale
object: OBJ Obj sqlite
*/
import { DurableObject } from "cloudflare:workers";
import { noting } from "./observe.mjs";

export class Obj extends DurableObject {
  seen = [];
  async outer() {
    this.seen.push("outer begins");
    const before = (await this.ctx.storage.get("n")) ?? 0;
    const answer = await this.env.OBJ.getByName("b").callBack("a");
    const after = await this.ctx.storage.get("n");
    this.seen.push(`outer ends ${before} ${after} ${answer}`);
    return this.seen;
  }
  async callBack(name) {
    return this.env.OBJ.getByName(name).inner();
  }
  async inner() {
    this.seen.push("inner");
    await this.ctx.storage.put("n", 5);
    return "from inner";
  }
  async sectionCycle() {
    return this.ctx.blockConcurrencyWhile(async () => {
      const answer = await Promise.race([
        this.env.OBJ.getByName("b").callBack("a"),
        new Promise((resolve) => setTimeout(() => resolve("not while the section runs"), 50)),
      ]);
      return answer;
    });
  }
}

export default noting(async (log, { OBJ }) => {
  const stub = OBJ.getByName("a");
  log.note("cycle", await stub.outer());
  log.note("cycle out of a section", await stub.sectionCycle());
});
