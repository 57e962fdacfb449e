/*
spec: 3.5 facets, 2.6
covers: Errors of a facet as the parent and as the caller see them: thrown, constructor, section, abort by itself
object: OBJ Obj sqlite
*/
import { DurableObject } from "cloudflare:workers";
import { noting } from "./observe.mjs";

export class Child extends DurableObject {
  fail() {
    throw Object.assign(new RangeError("thrown"), { own: 1 });
  }
  abort() {
    this.ctx.abort("aborted");
  }
  section() {
    return this.ctx.blockConcurrencyWhile(() => {
      throw new TypeError("section");
    });
  }
  ping() {
    return "pong";
  }
  async fetch() {
    throw new RangeError("fetch");
  }
}

export class Obj extends DurableObject {
  child(name) {
    return this.ctx.facets.get(name, () => ({ class: this.ctx.exports.Child }));
  }
  async seen(method) {
    try {
      return await this.child(method)[method]("http://x/");
    } catch (error) {
      return {
        name: error.constructor.name,
        message: error.message,
        ...error,
        durableObjectId: undefined,
      };
    }
  }
  async pass(method) {
    return this.child(method)[method]("http://x/");
  }
  ping(method) {
    return this.child(method).ping();
  }
}

export default noting(async (log, { OBJ }) => {
  const stub = OBJ.getByName("a");
  for (const method of ["fail", "abort", "section", "fetch"]) {
    await log.try(`${method} seen by the parent`, () => stub.seen(method));
    await log.try("facet goes on", () => stub.ping(method));
    await log.try(`${method} passed on`, () =>
      stub
        .pass(method)
        .catch((e) => Promise.reject(Object.assign(e, { durableObjectId: undefined }))),
    );
  }
  await log.try("the parent lives", () => stub.ping("fresh"));
});
