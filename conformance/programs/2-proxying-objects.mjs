/*
spec: 2.2 stub.fetch
covers: An object that passes its request on to another object and the answer back, with changed URL and headers
object: FRONT Front
object: BACK Back
request: POST /a?b=c {"body": "through two objects", "headers": {"x-client": "1"}}
request: GET /large
*/
import { DurableObject } from "cloudflare:workers";
import { toObject } from "./observe.mjs";

export class Back extends DurableObject {
  async fetch(request) {
    const { pathname } = new URL(request.url);
    if (pathname === "/back/large") return new Response("x".repeat(100_000), { status: 206 });
    const headers = [...request.headers].filter(([name]) => name.startsWith("x-"));
    return Response.json([request.method, request.url, headers, await request.text()], {
      headers: { "x-back": "1" },
    });
  }
}

export class Front extends DurableObject {
  async fetch(request) {
    const url = new URL(request.url);
    url.pathname = `/back${url.pathname}`;
    const changed = new Request(url, request);
    changed.headers.set("x-front", "2");
    const response = await this.env.BACK.getByName("b").fetch(changed);
    if (!url.pathname.endsWith("/large")) {
      const answer = new Response(response.body, response);
      answer.headers.append("x-front", "3");
      return answer;
    }
    let bytes = 0;
    for await (const chunk of response.body) bytes += chunk.byteLength;
    return new Response(`${response.status} ${bytes} bytes`);
  }
}

export default toObject("FRONT");
