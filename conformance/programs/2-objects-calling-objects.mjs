/*
spec: 2.2 stub.fetch from inside an object
covers: A chain of calls through objects; an object calling itself while it waits for the answer
object: OBJ Obj
*/
import { DurableObject } from "cloudflare:workers";
import { Journal } from "./observe.mjs";

export class Obj extends DurableObject {
  running = 0;
  most = 0;
  async fetch(request) {
    const depth = Number(new URL(request.url).pathname.slice(1));
    const target = request.headers.get("to");
    this.running++;
    this.most = Math.max(this.most, this.running);
    const next = () =>
      this.env.OBJ.getByName(target ?? `link${depth - 1}`).fetch(`http://x/${depth - 1}`, request);
    const rest = depth === 0 ? "" : ` ${await (await next()).text()}`;
    this.running--;
    return new Response(`${this.ctx.id.name}(${this.most})${rest}`);
  }
}

export default {
  async fetch(request, { OBJ }) {
    const log = new Journal();
    const ask = async (name, depth, headers) =>
      (await OBJ.getByName(name).fetch(`http://x/${depth}`, { headers })).text();
    await log.try("chain of 8", () => ask("link8", 8));
    await log.try("calling itself", () => ask("self", 3, { to: "self" }));
    await log.try("to one and back", () => ask("one", 2, { to: "two" }));
    return log.response();
  },
};
