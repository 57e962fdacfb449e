/*
spec: 3.5 facets, 4.1
covers: A facet runs while its parent awaits it, and calls back; a section of one does not hold the other; increments lose nothing
object: OBJ Obj sqlite
*/
import { DurableObject } from "cloudflare:workers";
import { noting, pause } from "./observe.mjs";

export class Child extends DurableObject {
  async add() {
    const total = (await this.ctx.storage.get("total")) ?? 0;
    await this.ctx.storage.get("another");
    await this.ctx.storage.put("total", total + 1);
    return total + 1;
  }
  async section(note) {
    await this.ctx.blockConcurrencyWhile(async () => {
      await pause(10);
    });
    await note("section of the facet ends");
  }
  async callBack(f) {
    return `facet: ${await f()}`;
  }
}

export class Obj extends DurableObject {
  seen = [];
  #child() {
    return this.ctx.facets.get("one", () => ({ class: this.ctx.exports.Child }));
  }
  async increments() {
    const child = this.#child();
    return Promise.all([child.add(), child.add(), child.add(), child.add()]);
  }
  async order() {
    const section = this.#child().section((what) => this.seen.push(what));
    const waits = this.#child().add();
    await this.ctx.storage.put("a", 1);
    this.seen.push("parent goes on");
    await section;
    await waits;
    return this.seen;
  }
  note(what) {
    this.seen.push(what);
    return what;
  }
  callBack() {
    return this.#child().callBack(() => this.note("called back"));
  }
}

export default noting(async (log, { OBJ }) => {
  const stub = OBJ.getByName("a");
  log.note("increments", await stub.increments());
  log.note("order", await stub.order());
  log.note("callback", await stub.callBack());
});
