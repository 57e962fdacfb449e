/*
spec: 2.2 stub.fetch
covers: A Worker may answer with the object's response as it is, or with changed headers or body
object: OBJ Obj
request: GET /as-is
request: GET /headers
request: GET /body
request: GET /twice
request: GET /unread
*/
import { toObject } from "./observe.mjs";

export class Obj {
  count = 0;
  async fetch(request) {
    this.count++;
    return new Response(`answer ${this.count} to ${new URL(request.url).pathname}`, {
      headers: { "x-count": String(this.count), "content-type": "text/own" },
    });
  }
}

export default {
  async fetch(request, env) {
    const { pathname } = new URL(request.url);
    const response = await toObject("OBJ").fetch(request, env);
    if (pathname === "/headers") {
      const changed = new Response(response.body, response);
      changed.headers.set("x-more", "yes");
      changed.headers.delete("x-count");
      return changed;
    }
    if (pathname === "/body") return new Response(`${await response.text()}, changed`, response);
    if (pathname === "/twice") return toObject("OBJ").fetch(request, env);
    if (pathname === "/unread") return new Response("the object's answer was not read");
    return response;
  },
};
