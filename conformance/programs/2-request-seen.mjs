/*
spec: 2.2 stub.fetch, the request that arrives
covers: Method, URL, headers and body as the object sees them; what the client sent passes through unchanged
object: OBJ Obj
request: POST /a/b?c=d&c=e {"headers": {"X-Mixed-Case": "Value", "x-list": "a, b", "content-type": "text/x-own"}, "body": "from the client"}
request: GET /plain
request: PUT /%C3%A9/%2F?q=%20+ {"body": "bytes: é"}
request: DELETE /nothing
request: OPTIONS /options
request: PATCH /patch {"body": "p"}
*/
import { Journal } from "./observe.mjs";

async function seen(request) {
  const headers = [...request.headers].filter(
    ([name]) => !["content-length", "transfer-encoding", "connection"].includes(name),
  );
  return [request.method, request.url, headers, await request.text()];
}

export class Obj {
  async fetch(request) {
    return Response.json(await seen(request));
  }
}

export default {
  async fetch(request, { OBJ }) {
    const log = new Journal();
    const stub = OBJ.getByName("a");
    log.note("worker", await seen(request.clone()));
    log.note("object", await (await stub.fetch(request)).json());
    log.note("used", request.bodyUsed);
    return log.response();
  },
};
