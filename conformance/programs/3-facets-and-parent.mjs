/*
spec: 3.5 facets, 2.7
covers: Abort of the parent ends its facets; deleteAll of the parent deletes theirs; a facet's abort leaves the parent
object: OBJ Obj sqlite
*/
import { DurableObject } from "cloudflare:workers";
import { noting } from "./observe.mjs";

let built = [];

export class Child extends DurableObject {
  constructor(ctx, env) {
    super(ctx, env);
    built.push(this.constructor.name);
  }
  child(name = "one") {
    return this.ctx.facets.get(name, () => ({ class: this.ctx.exports.Child }));
  }
  async add() {
    const total = ((await this.ctx.storage.get("total")) ?? 0) + 1;
    await this.ctx.storage.put("total", total);
    return total;
  }
}

export class Obj extends Child {
  totals() {
    return Promise.all([this.add(), this.child().add()]);
  }
  abort() {
    this.ctx.abort("parent ends");
  }
  async clear() {
    await this.ctx.storage.deleteAll();
    return "cleared";
  }
  memory() {
    return built.splice(0);
  }
}

export default noting(async (log, { OBJ }) => {
  const stub = () => OBJ.getByName("a");
  log.note("totals", await stub().totals(), await stub().totals());
  log.note("built", built.splice(0));
  await log.try("abort", () => stub().abort());
  log.note("totals", await stub().totals());
  log.note("built", built.splice(0));
  await log.try("deleteAll", () => stub().clear());
  log.note("totals", await stub().totals());
});
