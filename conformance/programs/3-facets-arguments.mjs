/*
spec: 3.5 facets
covers: Names of 256 and 257 characters; callbacks that throw, give no class, a wrong class; methods without arguments
object: OBJ Obj sqlite
*/
import { DurableObject } from "cloudflare:workers";
import { Journal } from "./observe.mjs";

export class Child extends DurableObject {
  ping() {
    return "pong";
  }
}

export class Throws extends DurableObject {
  constructor() {
    super(...arguments);
    throw new RangeError("of the constructor");
  }
  ping() {}
}

export class Obj extends DurableObject {
  async run() {
    const log = new Journal();
    const { facets, exports } = this.ctx;
    const get = (label, name, callback) => log.try(label, () => facets.get(name, callback).ping());
    const fine = () => ({ class: exports.Child });
    await get("256", "x".repeat(256), fine);
    await get("257", "x".repeat(257), fine);
    await get("256 é", "é".repeat(256), fine);
    await get("throws", "a", () => {
      throw new TypeError("of the callback");
    });
    await get("then fine", "a", fine);
    await get("rejects", "b", async () => {
      throw new TypeError("of the async callback");
    });
    await get("no class", "c", () => ({}));
    await get("raw class", "e", () => ({ class: Child }));
    await get("constructor throws", "f", () => ({ class: exports.Throws }));
    await get("then fine", "f", fine);
    await get("not a callback", "g", 5);
    await get("number name", 5, fine);
    log.attempt("get()", () => facets.get());
    log.attempt("abort()", () => facets.abort());
    log.attempt("delete()", () => facets.delete());
    log.note(
      "methods",
      ["get", "abort", "delete", "clone"].map((name) => typeof facets[name]),
    );
    return log.text;
  }
}

export default {
  async fetch(_request, { OBJ }) {
    return new Response(await OBJ.getByName("a").run());
  },
};
