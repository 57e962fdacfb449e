/*
spec: 3.1 construction
covers: Classes of unusual shape: private fields, getters, a derived class, one that returns another object
object: PRIVATE Private
object: GETTER Getter
object: DERIVED Derived
object: OTHER Other
object: ARROW Arrow
*/
import { DurableObject } from "cloudflare:workers";
import { Journal } from "./observe.mjs";

export class Private extends DurableObject {
  #count = 0;
  static made = 0;
  constructor(ctx, env) {
    super(ctx, env);
    Private.made++;
  }
  #next() {
    return ++this.#count;
  }
  fetch() {
    return Response.json([this.#next(), Private.made]);
  }
}
export class Getter extends DurableObject {
  get fetch() {
    return () => new Response(`from a getter of ${this.constructor.name}`);
  }
}
class Middle extends Private {
  async fetch(request) {
    return Response.json(["middle", await (await super.fetch(request)).json()]);
  }
}
export class Derived extends Middle {}
export class Other {
  constructor(ctx) {
    return { fetch: () => new Response(`another object, ${ctx.id.name}`) };
  }
}
export class Arrow extends DurableObject {
  fetch = async (request) =>
    new Response(`arrow ${new URL(request.url).pathname} ${this.ctx.id.name}`);
}

export default {
  async fetch(request, env) {
    const log = new Journal();
    for (const binding of ["PRIVATE", "PRIVATE", "GETTER", "DERIVED", "OTHER", "ARROW"]) {
      await log.try(binding, async () =>
        (await env[binding].getByName("a").fetch("http://x/p")).text(),
      );
    }
    return log.response();
  },
};
