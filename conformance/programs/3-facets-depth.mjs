/*
spec: 3.5 facets
covers: Facets of facets: four deep with the root, not five
object: OBJ Obj sqlite
*/
import { DurableObject } from "cloudflare:workers";
import { Journal } from "./observe.mjs";

export class Child extends DurableObject {
  async depth(wanted) {
    await this.ctx.storage.put("wanted", wanted);
    if (wanted === 1) return 1;
    const child = this.ctx.facets.get("child", () => ({ class: this.ctx.exports.Child }));
    return 1 + (await child.depth(wanted - 1));
  }
}

export class Obj extends Child {
  async run() {
    const log = new Journal();
    for (const depth of [1, 2, 3, 4]) await log.try(`${depth} deep`, () => this.depth(depth));
    await log.try("5 deep", () => this.depth(5).catch((e) => [e.constructor.name, e.message]));
    await log.try("4 deep again", () => this.depth(4));
    return log.text;
  }
}

export default {
  async fetch(_request, { OBJ }) {
    return new Response(await OBJ.getByName("a").run());
  },
};
