/*
spec: 2.2 stub, old dates
covers: Without the flag rpc a stub has no members; get, put and delete are HTTP helpers before 2024-03-26
date: 2024-03-25
object: OBJ Obj
*/
import { DurableObject } from "cloudflare:workers";
import { noting } from "./observe.mjs";

export class Obj extends DurableObject {
  ping() {
    return "pong";
  }
  async fetch(request) {
    return new Response(`${request.method} ${request.url} ${await request.text()}`);
  }
}

export default noting(async (log, { OBJ }) => {
  const stub = OBJ.get(OBJ.idFromName("a"));
  log.note("member", typeof stub.ping, "ping" in stub);
  await log.try("call", () => stub.ping());
  log.note("helpers", typeof stub.get, typeof stub.put, typeof stub.delete);
  await log.try("get", () => stub.get("http://x/a"));
  await log.try("put", () => stub.put("http://x/b", "body"));
  await log.try("delete", () => stub.delete("http://x/c"));
  await log.try("fetch", async () => (await stub.fetch("http://x/d")).text());
});
