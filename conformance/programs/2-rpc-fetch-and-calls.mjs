/*
spec: 2.2, 2.3
covers: One class with fetch and methods: state shared, Request given to a method and to fetch, Response returned by a method
object: OBJ Obj
request: POST /method {"body": "by method", "headers": {"x": "1"}}
request: POST /fetch {"body": "by fetch", "headers": {"x": "2"}}
request: GET /method
*/
import { DurableObject } from "cloudflare:workers";

export class Obj extends DurableObject {
  count = 0;
  async fetch(request) {
    const { pathname } = new URL(request.url);
    const body = await request.text();
    return new Response(`${++this.count} ${request.method} ${pathname} ${body}`, {
      status: 201,
      headers: { seen: request.headers.get("x") ?? "nothing" },
    });
  }
  handle(request) {
    return this.fetch(request);
  }
}

export default {
  fetch(request, { OBJ }) {
    const stub = OBJ.getByName("a");
    return request.url.endsWith("/method") ? stub.handle(request) : stub.fetch(request);
  },
};
