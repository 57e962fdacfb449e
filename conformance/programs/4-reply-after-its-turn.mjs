/*
spec: 4.1 microtasks, 4.4, 3.3
covers: A reply is handed over after all microtasks of the turn that made it; an abort in that turn takes it back
object: OBJ Obj
object: CALLER Caller
*/
import { DurableObject } from "cloudflare:workers";
import { Journal, toObject } from "./observe.mjs";

const order = [];

export class Obj extends DurableObject {
  async fetch(request) {
    const { pathname } = new URL(request.url);
    const { storage } = this.ctx;
    if (pathname === "/read") return Response.json([...(await storage.list())]);
    await storage.put(pathname, 1);
    this.afterwards(pathname);
    return new Response(pathname);
  }
  async afterwards(pathname) {
    for (let i = 0; i < 40; i++) await null;
    order.push("last microtask of the callee's turn");
    if (pathname === "/abort") this.ctx.abort("after the answer was made");
    await this.ctx.storage.put("in the last microtask", 1);
  }
}

export class Caller extends DurableObject {
  async fetch() {
    const log = new Journal();
    const ask = (path) => async () => {
      const response = await this.env.OBJ.getByName(path).fetch(`http://x/${path}`);
      order.push("the caller goes on");
      return response.text();
    };
    const read = (name) => async () =>
      (await this.env.OBJ.getByName(name).fetch("http://x/read")).json();
    await log.try("plain", ask("plain"));
    log.note("order", order);
    await log.try("stored", read("plain"));
    await log.try("abort", ask("abort"));
    await log.try("stored", read("abort"));
    return log.response();
  }
}

export default toObject("CALLER");
