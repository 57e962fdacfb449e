/*
spec: 2.2 stub.fetch, what reaches the client
covers: Cookies, repeated headers, HEAD, empty answers, a streamed answer and a stream made from events
object: OBJ Obj
request: GET /cookies
request: HEAD /cookies
request: GET /empty
request: GET /stream
request: GET /bytes
request: GET /json
request: POST /echo {"body": "0123456789", "headers": {"content-type": "application/x-own"}}
request: GET /latin
*/
import { pause, toObject } from "./observe.mjs";

export class Obj {
  async fetch(request) {
    const { pathname } = new URL(request.url);
    const headers = new Headers({ "x-one": "1" });
    if (pathname === "/cookies") {
      headers.append("set-cookie", "a=1; HttpOnly");
      headers.append("set-cookie", "b=2");
      headers.append("x-list", "first");
      headers.append("x-list", "second");
      return new Response("with cookies", { headers });
    }
    if (pathname === "/empty") return new Response(null, { headers, status: 202 });
    if (pathname === "/stream") {
      const { readable, writable } = new TransformStream();
      const writer = writable.getWriter();
      (async () => {
        for (const part of ["one ", "two ", "three"]) {
          await writer.write(new TextEncoder().encode(part));
          await pause(5);
        }
        await writer.close();
      })();
      return new Response(readable, { headers: { "content-type": "text/event-stream" } });
    }
    if (pathname === "/bytes") return new Response(new Uint8Array([104, 105]));
    if (pathname === "/json") return Response.json({ a: "é" }, { status: 409, headers });
    if (pathname === "/latin") return new Response("", { headers: { "x-text": "plain ascii" } });
    return new Response(request.body, {
      headers: { "x-type": request.headers.get("content-type") },
    });
  }
}

export default toObject("OBJ");
