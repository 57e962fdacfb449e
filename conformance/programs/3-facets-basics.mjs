/*
spec: 3.5 facets
covers: Same name twice shares state; the callback runs only when the facet is not running; shape of the stub; fetch and calls
object: OBJ Obj sqlite
*/
import { DurableObject } from "cloudflare:workers";
import { Journal, noting } from "./observe.mjs";

export class Child extends DurableObject {
  count = 0;
  increment() {
    return ++this.count;
  }
  about() {
    return [
      this.ctx.id.name,
      this.ctx.id.constructor.name,
      this.ctx.props,
      Object.keys(this.ctx),
      Object.keys(this.env),
    ];
  }
  idText() {
    return this.ctx.id.toString();
  }
  async fetch(request) {
    return new Response(`child ${request.method} ${new URL(request.url).pathname}`);
  }
}

export class Obj extends DurableObject {
  async run() {
    const log = new Journal();
    const { facets, exports } = this.ctx;
    let started = 0;
    const get = (name) =>
      facets.get(name, async () => {
        started++;
        return { class: exports.Child };
      });
    log.note("facets", typeof facets, facets.constructor.name);
    const one = get("one");
    log.note("stub", typeof one, Object.keys(one), started);
    log.note("first", await one.increment(), await one.increment());
    log.note("the same", await get("one").increment(), started);
    log.note("another", await get("two").increment(), started);
    log.note("about", ...(await one.about()));
    log.note("id of the parent", (await one.idText()) === this.ctx.id.toString());
    await log.try("fetch", async () => (await one.fetch("http://x/path")).text());
    await log.try("nope", () => one.nope());
    await log.try("hidden", () => one.count);
    await log.try("odd name", () => get("../é/\u0001").increment());
    return log.text;
  }
}

export default {
  async fetch(_request, { OBJ }) {
    return new Response(await OBJ.getByName("a").run());
  },
};
