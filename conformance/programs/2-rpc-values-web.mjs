/*
spec: 2.4 by copy
covers: Headers, Request, Response, Blob and DOMException as arguments and results, with their bodies
object: OBJ Obj
*/
import { DurableObject } from "cloudflare:workers";
import { noting } from "./observe.mjs";

async function tell(value) {
  if (value instanceof Headers) return [...value].map(([name, v]) => `${name}: ${v}`);
  if (value instanceof Request)
    return [value.method, value.url, value.headers.get("x"), value.redirect, await value.text()];
  if (value instanceof Response)
    return [value.status, value.statusText, value.headers.get("x"), value.ok, await value.text()];
  if (value instanceof Blob) return [value.type, value.size, await value.text()];
  return [value.constructor.name, value.name, value.message, value.code];
}

function make(name) {
  const headers = { x: "1", "content-type": "text/plain" };
  if (name === "Headers")
    return new Headers([
      ["a", "1"],
      ["a", "2"],
      ["B", "3"],
    ]);
  if (name === "cookies")
    return new Headers([
      ["set-cookie", "a=1"],
      ["set-cookie", "b=2"],
    ]);
  if (name === "Request")
    return new Request("http://x/path?q", { method: "POST", body: "posted", headers });
  if (name === "Request without body")
    return new Request("http://x/", { headers, redirect: "manual" });
  if (name === "Response")
    return new Response("answer", { status: 201, statusText: "Made", headers });
  if (name === "Response without body") return new Response(null, { status: 204 });
  if (name === "Blob") return new Blob(["a blob"], { type: "text/x" });
  return new DOMException("dom", "AbortError");
}

const NAMES = [
  "Headers",
  "cookies",
  "Request",
  "Request without body",
  "Response",
  "Response without body",
  "Blob",
  "DOMException",
];

export class Obj extends DurableObject {
  tell(value) {
    return tell(value);
  }
  make(name) {
    return make(name);
  }
}

export default noting(async (log, { OBJ }) => {
  const stub = OBJ.getByName("a");
  for (const name of NAMES) {
    await log.try(`argument ${name}`, () => stub.tell(make(name)));
    await log.try(`result ${name}`, async () => tell(await stub.make(name)));
  }
  const used = new Response("body");
  await used.text();
  await log.try("used body", () => stub.tell(used));
  const sent = new Request("http://x/", { method: "POST", body: "moved" });
  await stub.tell(sent);
  log.note("body after sending", sent.bodyUsed);
});
