/*
spec: 3.5 facets, ctx.exports
covers: Props given with the class of a facet; two classes in one object; a class with a namespace is no facet class
object: OBJ Obj sqlite
*/
import { DurableObject } from "cloudflare:workers";
import { Journal } from "./observe.mjs";

export class Child extends DurableObject {
  props() {
    return this.ctx.props;
  }
}

export class Other extends DurableObject {
  props() {
    return ["other", this.ctx.props];
  }
}

export class Obj extends DurableObject {
  async run() {
    const log = new Journal();
    const { facets, exports } = this.ctx;
    log.note("kinds", typeof exports.Child, typeof exports.Obj);
    await log.try("without props", () => facets.get("a", () => ({ class: exports.Child })).props());
    await log.try("with props", () =>
      facets.get("b", () => ({ class: exports.Child({ props: { n: 1 } }) })).props(),
    );
    await log.try("another class", () =>
      facets.get("c", () => ({ class: exports.Other({ props: { m: [2] } }) })).props(),
    );
    await log.try("running already", () =>
      facets.get("b", () => ({ class: exports.Child({ props: { n: 2 } }) })).props(),
    );
    return log.text;
  }
}

export default {
  async fetch(_request, { OBJ }) {
    return new Response(await OBJ.getByName("a").run());
  },
};
