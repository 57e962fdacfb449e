/*
spec: 2.2 stub.fetch
covers: A signal given to stub.fetch: aborted before, during and after the call
object: OBJ Obj
*/
import { Journal, pause } from "./observe.mjs";

export class Obj {
  seen = [];
  async fetch(request) {
    const { pathname } = new URL(request.url);
    if (pathname === "/seen") return Response.json(this.seen);
    this.seen.push(`${pathname} begins`);
    await pause(40);
    return new Response("answer");
  }
}

export default {
  async fetch(request, { OBJ }) {
    const log = new Journal();
    const stub = OBJ.getByName("a");
    const ask = (label, path, signal) =>
      log.try(label, async () => (await stub.fetch(`http://x/${path}`, { signal })).text());
    await ask("before", "before", AbortSignal.abort());
    await ask("before, with a reason", "before", AbortSignal.abort(new RangeError("reason")));
    const during = new AbortController();
    setTimeout(() => during.abort(), 10);
    await ask("during", "during", during.signal);
    const after = new AbortController();
    await ask("after", "after", after.signal);
    after.abort();
    await ask("null", "null", null);
    await pause(60);
    log.note("seen", await (await stub.fetch("http://x/seen")).json());
    return log.response();
  },
};
