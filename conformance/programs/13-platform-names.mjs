/*
spec: platform
covers: navigator.userAgent, scheduler.wait, structuredClone, Response.json, AbortSignal helpers, btoa, crypto basics
*/
import { Journal } from "./observe.mjs";

export default {
  async fetch() {
    const log = new Journal({ texts: false });
    log.note("agent", navigator.userAgent);
    await log.try("wait", () => scheduler.wait(1));
    await log.try("wait aborted", () => scheduler.wait(1000, { signal: AbortSignal.abort() }));
    log.note("clone", structuredClone({ a: [1, new Date(0)], m: new Map([[1, 2]]) }));
    const json = Response.json({ a: 1 }, { status: 201, headers: { x: "1" } });
    log.note(
      "json",
      json.status,
      json.headers.get("content-type"),
      json.headers.get("x"),
      await json.text(),
    );
    log.note(
      "error",
      Response.error().type,
      Response.redirect("http://x/y", 301).headers.get("location"),
    );
    log.note("base64", btoa("abc"), atob("YWJj"));
    log.note("uuid", crypto.randomUUID().length, crypto.getRandomValues(new Uint8Array(4)).length);
    log.note(
      "timeout",
      AbortSignal.timeout(1000).aborted,
      AbortSignal.any([AbortSignal.abort()]).aborted,
    );
    log.note(
      "types",

      typeof WebSocketPair,
      typeof caches,
      typeof queueMicrotask,
    );
    log.note("url", new URL("../b?c#d", "http://x/a/e").href, URL.canParse("x"));
    log.note("stream", await new Response(new Blob(["a", "b"]).stream()).text());
    const compressed = new Response("hello hello hello").body.pipeThrough(
      new CompressionStream("gzip"),
    );
    log.note(
      "gzip",
      await new Response(compressed.pipeThrough(new DecompressionStream("gzip"))).text(),
    );
    return log.response();
  },
};
