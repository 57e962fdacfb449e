/*
spec: 3.4 timeout, 2.6
covers: A section over 30 s resets the object: text, overloaded and durableObjectReset
tag: slow
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
    if (!request.url.endsWith("/section")) return new Response(`activation ${this.number}`);
    await this.ctx.blockConcurrencyWhile(
      () => new Promise((resolve) => setTimeout(resolve, 40_000)),
    );
    return new Response("end of the section");
  }
}

export default {
  async fetch(request, { OBJ }) {
    const log = new Journal();
    const begun = Date.now();
    const stub = OBJ.getByName("a");
    const ask = (label, stub_, path) =>
      log.try(label, async () => (await stub_.fetch(`http://x/${path}`)).text());
    await ask("before", stub, "");
    const text = async (path) => (await stub.fetch(`http://x/${path}`)).text();
    const [section, waiting] = await Promise.allSettled([text("section"), text("waiting")]);
    await log.try("section", () => Promise.reject(section.reason));
    await log.try("waiting", () => Promise.reject(waiting.reason));
    log.note("about 30 s", Math.round((Date.now() - begun) / 5000) * 5);
    await ask("same stub", stub, "");
    await ask("new stub", OBJ.getByName("a"), "");
    return log.response();
  },
};
