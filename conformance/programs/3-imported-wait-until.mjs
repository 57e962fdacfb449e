/*
spec: 2.5 exports of cloudflare:workers, 3.2 waitUntil
covers: waitUntil imported from cloudflare:workers, in the Worker and in an object
object: OBJ Obj
request: GET /begin
request: GET /seen {"waitMs": 500}
*/
import { DurableObject, waitUntil } from "cloudflare:workers";
import { pause } from "./observe.mjs";

export class Obj extends DurableObject {
  seen = [];
  async fetch(request) {
    const { pathname } = new URL(request.url);
    if (pathname === "/seen") return Response.json([...this.seen].sort());
    if (pathname === "/note") this.seen.push("from the worker");
    if (pathname === "/begin") waitUntil(pause(20).then(() => this.seen.push("from the object")));
    return new Response("begun");
  }
}

export default {
  async fetch(request, { OBJ }) {
    const stub = OBJ.getByName("a");
    if (new URL(request.url).pathname === "/begin") {
      waitUntil(pause(20).then(() => stub.fetch("http://x/note")));
    }
    return stub.fetch(request);
  },
};
