/*
spec: 3.5 facets
covers: A stub of a facet cannot be sent; functions and targets of a facet can; values given to a facet
object: OBJ Obj sqlite
*/
import { DurableObject, RpcTarget } from "cloudflare:workers";
import { noting } from "./observe.mjs";

class Target extends RpcTarget {
  ping() {
    return "pong of a target in a facet";
  }
}

export class Child extends DurableObject {
  target() {
    return new Target();
  }
  async call(f) {
    return f("from the facet");
  }
  who() {
    return "child";
  }
}

export class Obj extends DurableObject {
  #child() {
    return this.ctx.facets.get("one", () => ({ class: this.ctx.exports.Child }));
  }
  give() {
    return this.#child();
  }
  giveInside() {
    return { stub: this.#child() };
  }
  target() {
    return this.#child().target();
  }
  call(f) {
    return this.#child().call(f);
  }
  async store() {
    await this.ctx.storage.put("stub", this.#child());
  }
  async passOn() {
    return this.#child().call(await this.#child().target().ping);
  }
}

export default noting(async (log, { OBJ }) => {
  const stub = OBJ.getByName("a");
  await log.try("given", () => stub.give());
  await log.try("inside", () => stub.giveInside());
  await log.try("stored", () => stub.store());
  await log.try("target", async () => (await stub.target()).ping());
  await log.try("pipelined", () => stub.target().ping());
  await log.try("function", () => stub.call((text) => `worker was called ${text}`));
});
