/*
spec: 3.2 waitUntil
covers: Never delays the response; rejections are ignored; work continues after the client leaves
object: OBJ Obj
request: GET /background
request: GET /seen
request: GET /reject
request: GET /seen
request: GET /slow {"leaveAfterMs": 300}
request: GET /worker
request: GET /seen {"waitMs": 900}
*/
import { DurableObject } from "cloudflare:workers";
import { pause } from "./observe.mjs";

export class Obj extends DurableObject {
  seen = [];
  async fetch(request) {
    const { pathname } = new URL(request.url);
    if (pathname === "/seen") return Response.json([...this.seen].sort());
    if (pathname === "/note") this.seen.push(request.headers.get("note"));
    if (pathname === "/background") this.ctx.waitUntil(this.later("background", 20));
    if (pathname === "/reject") {
      this.ctx.waitUntil(Promise.reject(new Error("ignored")));
      this.ctx.waitUntil(pause(1).then(() => Promise.reject(new Error("ignored, later"))));
    }
    if (pathname === "/slow") {
      this.ctx.waitUntil(this.later("slow in the background", 600));
      await pause(3000);
    }
    return new Response(`answer after ${this.seen.length}`);
  }
  async later(what, ms) {
    await pause(ms);
    this.seen.push(what);
    await this.ctx.storage.put(what, this.seen.length);
  }
}

export default {
  async fetch(request, { OBJ }, ctx) {
    const { pathname } = new URL(request.url);
    const stub = OBJ.getByName("a");
    if (pathname === "/worker") {
      ctx.waitUntil(
        pause(20).then(() => stub.fetch("http://x/note", { headers: { note: "from the worker" } })),
      );
      return new Response("worker answered");
    }
    if (pathname === "/seen") await pause(300);
    return stub.fetch(request);
  },
};
