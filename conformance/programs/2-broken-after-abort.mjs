/*
spec: 2.7 broken stubs
covers: Stub made before a reset keeps failing; a new stub works and the constructor has run again
object: OBJ Obj
*/
import { Journal } from "./observe.mjs";

let built = 0;

export class Obj {
  constructor(ctx) {
    this.ctx = ctx;
    this.number = ++built;
  }
  async fetch(request) {
    if (request.url.endsWith("/abort")) this.ctx.abort("enough");
    return new Response(`activation ${this.number}`);
  }
}

export default {
  async fetch(request, { OBJ }) {
    const log = new Journal();
    const ask = (label, stub, path = "") =>
      log.try(label, async () => (await stub.fetch(`http://x/${path}`)).text());
    const [used, unused, second] = [OBJ.getByName("a"), OBJ.getByName("a"), OBJ.getByName("a")];
    await ask("before", used);
    await ask("second before", second);
    await ask("abort", used, "abort");
    await ask("same stub", used);
    await ask("same stub again", used);
    await ask("second stub", second);
    await ask("stub never used before", unused);
    await ask("new stub", OBJ.getByName("a"));
    await ask("same stub, new activation lives", used);
    return log.response();
  },
};
