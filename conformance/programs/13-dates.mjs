/*
spec: 13.2 compatibility switches, 2.2
covers: At 2024-01-01 an unknown member of a stub is undefined, so calling it is a TypeError
date: 2024-01-01
object: OBJ Obj
*/
import { Journal } from "./observe.mjs";

export class Obj {
  fetch(request) {
    return new Response(`${request.method} ${request.url}`);
  }
}

export default {
  async fetch(request, { OBJ }) {
    const log = new Journal();
    const s = OBJ.get(OBJ.idFromName("a"));
    await log.try("call", () => s.ping());
    log.note("member", s.ping, "ping" in s);
    await log.try("fetch", async () => (await s.fetch("http://x/y")).text());
    return log.response();
  },
};
