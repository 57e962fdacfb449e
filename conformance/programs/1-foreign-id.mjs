/*
spec: 1.1 ns.get with an id of another namespace
covers: No check locally: it addresses an object with that id inside this namespace
object: OBJ Obj
object: OTHER Other key=otherkey
*/
import { Journal } from "./observe.mjs";

export class Obj {
  constructor(ctx) {
    this.ctx = ctx;
  }
  async fetch() {
    const count = ((await this.ctx.storage.get("count")) ?? 0) + 1;
    await this.ctx.storage.put("count", count);
    return new Response(`${this.constructor.name} ${this.ctx.id} ${this.ctx.id.name} ${count}`);
  }
}
export class Other extends Obj {}

export default {
  async fetch(request, { OBJ, OTHER }) {
    const log = new Journal();
    const id = OTHER.idFromName("a");
    const ask = (namespace) => async () => (await namespace.get(id).fetch("http://x/")).text();
    await log.try("in its own namespace", ask(OTHER));
    await log.try("in the other", ask(OBJ));
    await log.try("in the other again", ask(OBJ));
    await log.try("in its own again", ask(OTHER));
    return log.response();
  },
};
