/*
spec: 2.2 stub.fetch, the response that comes back
covers: Status, status text and headers; headers copied and immutable in the caller; several set-cookie
object: OBJ Obj
*/
import { Journal } from "./observe.mjs";

export class Obj {
  async fetch(request) {
    const headers = new Headers({ "X-Own": "1", "content-type": "text/own" });
    headers.append("set-cookie", "a=1; Path=/");
    headers.append("set-cookie", "b=2");
    headers.append("x-list", "one");
    headers.append("x-list", "two");
    const response = new Response("body", { status: 201, statusText: "Made", headers });
    await response.headers.get("x-own");
    setTimeout(() => headers.set("x-own", "changed later"), 0);
    return response;
  }
}

export default {
  async fetch(request, { OBJ }) {
    const log = new Journal({ texts: false });
    const response = await OBJ.getByName("a").fetch("http://x/path");
    log.note(
      "status",
      response.status,
      response.statusText,
      response.ok,
      response.redirected,
      response.url,
      response.type,
    );
    log.note(
      "headers",
      [...response.headers].filter(([name]) => name !== "content-length"),
    );
    log.note("cookies", response.headers.getSetCookie(), response.headers.get("x-list"));
    await log.try("set", () => response.headers.set("x-own", "2"));
    await log.try("append", () => response.headers.append("new", "2"));
    await log.try("delete", () => response.headers.delete("x-own"));
    const copy = new Response(response.body, response);
    copy.headers.set("x-own", "2");
    log.note(
      "copy",
      copy.status,
      copy.statusText,
      copy.headers.get("x-own"),
      response.headers.get("x-own"),
      await copy.text(),
    );
    await log.try("request headers", () => request.headers.set("a", "b"));
    const fresh = new Request("http://x/", request);
    fresh.headers.set("a", "b");
    log.note("copied request", fresh.headers.get("a"));
    return log.response();
  },
};
