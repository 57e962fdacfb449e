/*
spec: 3.2 waitUntil, 4.2, 4.4
covers: Writes after the response, in waitUntil and in a promise nobody awaits, are stored; also across a restart
object: OBJ Obj
request: GET /write
request: GET /read {"waitMs": 400}
restart:
request: GET /read
*/
import { DurableObject } from "cloudflare:workers";
import { pause, toObject } from "./observe.mjs";

export class Obj extends DurableObject {
  async fetch(request) {
    const { storage } = this.ctx;
    if (request.url.endsWith("/read")) return Response.json([...(await storage.list()).keys()]);
    this.ctx.waitUntil(pause(10).then(() => storage.put("waitUntil", 1)));
    pause(10).then(() => storage.put("floating", 1));
    Promise.resolve().then(() => storage.put("microtask after the answer", 1));
    setTimeout(() => storage.put("timer", 1), 10);
    storage.put("not awaited", 1);
    return new Response("answered");
  }
}

export default toObject("OBJ");
