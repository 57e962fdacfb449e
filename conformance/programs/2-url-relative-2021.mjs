/*
spec: 2.2 stub.fetch, 13.2 durable_object_fetch_requires_full_url
covers: Before 2021-11-10 a relative URL resolves against https://fake-host/
date: 2021-11-01
object: OBJ Obj
*/
import { Journal } from "./observe.mjs";

export class Obj {
  async fetch(request) {
    return new Response(`${request.method} ${request.url}`);
  }
}

export default {
  async fetch(request, { OBJ }) {
    const log = new Journal();
    const stub = OBJ.get(OBJ.idFromName("a"));
    for (const url of ["/x", "x?y=1", "", "//other/x", "http://host/x"]) {
      await log.try(url, async () => (await stub.fetch(url)).text());
    }
    return log.response();
  },
};
