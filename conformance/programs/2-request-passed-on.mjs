/*
spec: 2.2 stub.fetch(input, init)
covers: A Request is overridden by init; bodies of every kind; content-type by kind of body
object: OBJ Obj
*/
import { Journal, toObject } from "./observe.mjs";

export class Obj {
  constructor(ctx, env) {
    Object.assign(this, { ctx, env });
  }
  async fetch(request) {
    if (request.url.endsWith("/seen")) {
      const type =
        request.headers.get("content-type")?.replace(/boundary=\S+/, "boundary=x") ?? null;
      const text = (await request.text()).replaceAll(/--+[\w-]+/g, "--x").trimEnd();
      return Response.json([request.method, request.headers.get("x"), type, text]);
    }
    const log = new Journal({ texts: false });
    const stub = this.env.OBJ.getByName("peer");
    const ask = (label, ...args) => log.try(label, async () => (await stub.fetch(...args)).json());
    const url = "http://x/seen";
    const form = new FormData();
    form.append("field", "value");
    const base = () =>
      new Request(url, {
        method: "POST",
        body: "base",
        headers: { x: "1", "content-type": "text/base" },
      });
    await ask("string", url, { method: "POST", body: "text" });
    await ask("bytes", url, { method: "POST", body: new Uint8Array([104, 105]) });
    await ask("buffer", url, { method: "POST", body: new TextEncoder().encode("buffer").buffer });
    await ask("params", url, { method: "POST", body: new URLSearchParams({ a: "1", b: "é" }) });
    await ask("blob", url, { method: "POST", body: new Blob(["blob"], { type: "text/x-blob" }) });
    await ask("form", url, { method: "POST", body: form });
    await ask("stream", url, { method: "POST", body: new Blob(["streamed"]).stream() });
    await ask("null", url, { method: "POST", body: null });
    await ask("number", url, { method: "POST", body: 5 });
    await ask("request", base());
    await ask("request, other headers", base(), { headers: { x: "2" } });
    await ask("request, other body", base(), { body: "other" });
    await ask("request as init", url, base());
    await ask("new Request of it", new Request(base(), { method: "PUT" }));
    await ask("headers as list", url, {
      headers: [
        ["x", "a"],
        ["x", "b"],
      ],
    });
    await ask("headers object", url, { headers: new Headers({ x: "h" }) });
    await ask("GET with a body", url, { body: "not allowed" });
    await ask("HEAD with a body", url, { method: "HEAD", body: "not allowed" });
    await ask("bad method", url, { method: "a b" });
    await ask("bad header", url, { headers: { "a b": "x" } });
    await ask("bad header value", url, { headers: { a: "x\ny" } });
    await ask("init null", url, null);
    return log.response();
  }
}

export default toObject("OBJ");
