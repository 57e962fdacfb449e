/*
spec: 2.2 stub.fetch from inside an object, 4.1
covers: Two objects that call each other at the same time, and a ring of three
object: OBJ Obj
*/
import { DurableObject } from "cloudflare:workers";
import { Journal } from "./observe.mjs";

export class Obj extends DurableObject {
  async fetch(request) {
    const { pathname } = new URL(request.url);
    const [, kind, ...rest] = pathname.split("/");
    const { name } = this.ctx.id;
    const key = `calls of ${kind}`;
    const count = ((await this.ctx.storage.get(key)) ?? 0) + 1;
    await this.ctx.storage.put(key, count);
    if (rest.length === 0) return new Response(`${name}${count}`);
    const [next, ...further] = rest;
    const path = ["", kind, ...further].join("/");
    const answer = await (await this.env.OBJ.getByName(next).fetch(`http://x${path}`)).text();
    return new Response(`${name}${count} ${answer}`);
  }
}

export default {
  async fetch(request, { OBJ }) {
    const log = new Journal();
    const call = async (name, path) => (await OBJ.getByName(name).fetch(`http://x/${path}`)).text();
    log.note("ring", await call("a", "ring/b/c/a/b/c"));
    const both = await Promise.all([call("x", "both/y"), call("y", "both/x")]);
    log.note(
      "both",
      both.map((text) => text.replace(/\d/g, "")),
      both.join(" ").match(/\d/g).sort(),
    );
    return log.response();
  },
};
