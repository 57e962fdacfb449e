/*
spec: 2.2 stub.fetch, 3.2
covers: A call nobody awaits still runs; a client that leaves does not stop what the object writes
object: OBJ Obj
request: GET /fire
request: GET /leave {"leaveAfterMs": 300}
request: GET /seen {"waitMs": 600}
*/
import { DurableObject } from "cloudflare:workers";
import { pause } from "./observe.mjs";

export class Obj extends DurableObject {
  seen = [];
  async fetch(request) {
    const { pathname } = new URL(request.url);
    if (pathname === "/seen")
      return Response.json([this.seen, [...(await this.ctx.storage.list()).keys()]]);
    this.seen.push(`${pathname} begins`);
    await this.ctx.storage.put(pathname, 1);
    return new Response("answer");
  }
}

export default {
  async fetch(request, { OBJ }, ctx) {
    const { pathname } = new URL(request.url);
    const stub = OBJ.getByName("a");
    if (pathname === "/fire") {
      ctx.waitUntil(stub.fetch("http://x/not-awaited"));
      return new Response("answered without waiting");
    }
    if (pathname === "/leave") {
      await stub.fetch("http://x/before-leaving");
      await pause(3000);
    }
    return stub.fetch(request);
  },
};
