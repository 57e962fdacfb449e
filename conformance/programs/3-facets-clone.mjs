/*
spec: 3.5 facets
covers: clone copies a facet's database and its children's; the target is stopped first and replaced
object: OBJ Obj sqlite
*/
import { DurableObject } from "cloudflare:workers";
import { Journal } from "./observe.mjs";

export class Child extends DurableObject {
  child(name) {
    return this.ctx.facets.get(name, () => ({ class: this.ctx.exports.Child }));
  }
  async add(by = 1) {
    const total = ((await this.ctx.storage.get("total")) ?? 0) + by;
    await this.ctx.storage.put("total", total);
    return total;
  }
  addInChild(name, by) {
    return this.child(name).add(by);
  }
}

export class Obj extends Child {
  async run() {
    const log = new Journal();
    const { facets } = this.ctx;
    const [source, target] = [this.child("source"), this.child("target")];
    log.note("source", await source.add(10), await source.addInChild("inner", 100));
    log.note(
      "target",
      await target.add(1),
      await target.addInChild("inner", 2),
      await target.addInChild("own", 3),
    );
    await this.ctx.storage.sync();
    await log.try("clone", () => facets.clone("source", "target"));
    await log.try("old stub of the target", () => target.add());
    await log.try("source goes on", () => source.add());
    await log.try("target", () => this.child("target").add());
    await log.try("its child", () => this.child("target").addInChild("inner", 1));
    await log.try("what it had before", () => this.child("target").addInChild("own", 1));
    await log.try("to a new name", () => facets.clone("source", "fresh"));
    await log.try("fresh", () => this.child("fresh").add());
    await log.try("of an unknown one", () => facets.clone("nothing", "empty"));
    await log.try("empty", () => this.child("empty").add());
    await log.try("onto itself", () => facets.clone("source", "source"));
    await log.try("source", () => this.child("source").add());
    return log.text;
  }
}

export default {
  async fetch(_request, { OBJ }) {
    return new Response(await OBJ.getByName("a").run());
  },
};
