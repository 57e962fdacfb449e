/*
spec: 3.1, module Workers
covers: Globals users rely on: crypto.randomUUID, structuredClone, atob, timers, URL, TextDecoder, navigator
object: OBJ Obj
*/
import { Journal, toObject } from "./observe.mjs";

export class Obj {
  async fetch() {
    const log = new Journal();
    log.note(
      "uuid",
      /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/.test(
        crypto.randomUUID(),
      ),
    );
    log.note("random", crypto.getRandomValues(new Uint8Array(4)).length);
    const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode("abc"));
    log.note("digest", new Uint8Array(digest).slice(0, 4));
    log.note("base64", atob("aGk="), btoa("hi"));
    log.note("clone", structuredClone({ a: new Date(0), m: new Map([[1, 2]]) }));
    log.note("url", new URL("../b?c#d", "http://x/a/").href, [...new URLSearchParams("a=1&a=2")]);
    log.note("text", new TextDecoder().decode(new Uint8Array([0xc3, 0xa9])));
    log.note(
      "types",
      typeof fetch,
      typeof Request,
      typeof ReadableStream,
      typeof queueMicrotask,
      typeof AbortController,
    );
    log.note("scheduler", typeof scheduler?.wait);
    log.note("performance", typeof performance.now());
    log.note("abort", AbortSignal.abort("why").reason, new AbortController().signal.aborted);
    await log.try(
      "timeout signal",
      () => new Promise((resolve) => (AbortSignal.timeout(5).onabort = (e) => resolve(e.type))),
    );
    return log.response();
  }
}

export default toObject("OBJ");
