import assert from "node:assert/strict";
import { test } from "node:test";
import {
  isRequest,
  nativeRequest,
  Request as Ours,
  rawRequestHeaders,
  requestFromParts,
  requestHeaders,
  takeRequestBody,
} from "../dist/web/request.js";
import { same, seen } from "./web-differential.mjs";

const post = (body, more = {}) => ({ method: "POST", body, ...more });

same({
  "a URL": ({ Request }) => seen(new Request("http://a/b?c#d")),
  "a URL that needs normalising": ({ Request }) => new Request("HTTP://A:80/x/../y z").url,
  "a URL object": ({ Request }) => new Request(new URL("http://a/b")).url,
  "an object with toString": ({ Request }) => new Request({ toString: () => "http://a/x" }).url,
  "a relative URL is refused": ({ Request }) => new Request("/x"),
  "text body": ({ Request }) => seen(new Request("http://a", post("x"))),
  "a content type that was given stays": ({ Request }) =>
    seen(new Request("http://a", post("x", { headers: { "content-type": "a/b" } }))),
  "null init": ({ Request }) => seen(new Request("http://a", null)),
  ...Object.fromEntries(
    ["get", "POST", "Put", "delete", "head", "options", "PATCH"].map((method) => [
      `method ${method}`,
      ({ Request }) => new Request("http://a", { method }).method,
    ]),
  ),
  "a method that is no token is refused": ({ Request }) =>
    new Request("http://a", { method: "a b" }),
  "CONNECT is refused": ({ Request }) => new Request("http://a", { method: "CONNECT" }),
  "GET with a body is refused": ({ Request }) => new Request("http://a", { body: "x" }),
  "HEAD with a body is refused": ({ Request }) =>
    new Request("http://a", { method: "HEAD", body: "" }),
  redirect: ({ Request }) => new Request("http://a", { redirect: "manual" }).redirect,
  "a wrong redirect is refused": ({ Request }) => new Request("http://a", { redirect: "x" }),
  "a wrong mode is refused": ({ Request }) => new Request("http://a", { mode: "x" }),
  "what only a fetch needs": ({ Request }) =>
    seen(
      new Request("http://a", {
        mode: "same-origin",
        credentials: "omit",
        cache: "no-store",
        referrerPolicy: "no-referrer",
        integrity: "sha256-x",
        keepalive: true,
      }),
    ),
  "a copy keeps what only a fetch needs": ({ Request }) =>
    seen(new Request(new Request("http://a", { cache: "no-store" }), { credentials: "omit" })),
  "a wrong signal is refused": ({ Request }) => new Request("http://a", { signal: {} }),
  "the signal follows": ({ Request }) => {
    const controller = new AbortController();
    const request = new Request("http://a", { signal: controller.signal });
    const copy = new Request(request.clone());
    const before = [request.signal.aborted, copy.signal.aborted];
    controller.abort();
    return [...before, request.signal.aborted, copy.signal.aborted];
  },
  "a signal without a controller": ({ Request }) => {
    const request = new Request("http://a");
    const { signal } = request;
    return [signal instanceof AbortSignal, signal === request.signal, signal.aborted];
  },
  "a request of a request moves the body": async ({ Request }) => {
    const first = new Request("http://a", post("x", { headers: { a: "b" } }));
    const second = new Request(first);
    return [first.bodyUsed, seen(second), await second.text(), first.url];
  },
  "a request of a request whose stream was looked at": async ({ Request }) => {
    const first = new Request("http://a", post("x"));
    void first.body;
    return new Request(first).text();
  },
  "a request of a request with a stream": async ({ Request }) => {
    const first = new Request("http://a", post(new Blob(["s"]).stream(), { duplex: "half" }));
    const second = new Request(first);
    return [await second.text(), first.bodyUsed];
  },
  "a request of a request with a new body": async ({ Request }) => {
    const first = new Request("http://a", post("x"));
    const second = new Request(first, { body: "y" });
    return [first.bodyUsed, await second.text(), await first.text()];
  },
  "a request of a used request is refused": async ({ Request }) => {
    const first = new Request("http://a", post("x"));
    await first.text();
    return new Request(first);
  },
  "a used request with a new body": async ({ Request }) => {
    const first = new Request("http://a", post("x"));
    await first.text();
    return new Request(first, { body: "y" }).text();
  },
  "GET of a request with a body is refused": ({ Request }) =>
    new Request(new Request("http://a", post("x")), { method: "GET" }),
  "headers replace headers": ({ Request }) =>
    seen(
      new Request(new Request("http://a", post("x", { headers: { a: "b" } })), {
        headers: { c: "d" },
      }),
    ),
  "a request as init": async ({ Request }) => {
    const first = new Request("http://a", post("x", { headers: { a: "b" } }));
    const second = new Request("http://c/", first);
    return [seen(second), await second.text(), first.bodyUsed];
  },
  "a request as init, without a body": ({ Request }) =>
    seen(new Request("http://c/", new Request("http://a", { headers: { a: "b" } }))),
  "changing a copy's headers leaves the first": ({ Request }) => {
    const first = new Request("http://a", { headers: { a: "b" } });
    const second = new Request(first);
    const third = first.clone();
    second.headers.set("a", "2");
    third.headers.set("a", "3");
    first.headers.append("z", "1");
    return [first, second, third].map((request) => [...request.headers]);
  },
  "clone of a used one": async ({ Request }) => {
    const request = new Request("http://a", post("x"));
    await request.text();
    return request.clone();
  },
  "no arguments": ({ Request }) => new Request(),
  "the object's tag": ({ Request }) => String(new Request("http://a")),
});

test("a request from parts", async () => {
  const list = ["host", "a", "x", "1", "x", "2"];
  const request = requestFromParts("POST", "http://a/../raw", list, "body");
  assert.equal(request.url, "http://a/../raw");
  assert.equal(request.redirect, "manual");
  assert.equal(request.headers.get("x"), "1, 2");
  assert.equal(requestHeaders(request), list);
  assert.throws(
    () => request.headers.set("a", "b"),
    new TypeError("Can't modify immutable headers."),
  );
  assert.throws(() => request.clone().headers.set("a", "b"), TypeError);
  const copy = new Ours(request);
  copy.headers.set("x", "3");
  assert.deepEqual(
    [...copy.headers],
    [
      ["host", "a"],
      ["x", "3"],
    ],
  );
  assert.equal(await copy.text(), "body");
  assert.deepEqual(list, ["host", "a", "x", "1", "x", "2"]);
});

test("packed headers are unpacked when looked at", () => {
  const request = requestFromParts("GET", "http://a/", "host\na\nx\n1", null);
  assert.equal(rawRequestHeaders(request), "host\na\nx\n1");
  const copy = new Ours(request);
  copy.headers.append("x", "2");
  assert.equal(copy.headers.get("x"), "1, 2");
  assert.deepEqual(requestHeaders(request), ["host", "a", "x", "1"]);
});

test("the body is taken once", () => {
  const request = requestFromParts("POST", "http://a/", [], "body");
  assert.equal(takeRequestBody(request), "body");
  assert.throws(() => takeRequestBody(request), TypeError);
  assert.equal(takeRequestBody(requestFromParts("GET", "http://a/", [], null)), null);
});

test("the platform gets a request with the same parts", async () => {
  const controller = new AbortController();
  const ours = new Ours("http://a/b", {
    ...post("x", { headers: { a: "b" } }),
    redirect: "manual",
    cache: "no-store",
    signal: controller.signal,
  });
  const platform = nativeRequest(ours);
  assert.ok(platform instanceof globalThis.Request && !isRequest(platform));
  const { method, url, redirect, cache } = platform;
  assert.deepEqual(
    { method, url, redirect, cache },
    {
      method: "POST",
      url: "http://a/b",
      redirect: "manual",
      cache: "no-store",
    },
  );
  assert.equal(platform.headers.get("a"), "b");
  assert.equal(await platform.text(), "x");
  assert.ok(ours.bodyUsed);
  controller.abort();
  assert.ok(platform.signal.aborted);
});

test("a platform request is taken for one of ours", async () => {
  const platform = new globalThis.Request("http://a/b", post("x", { cache: "no-store" }));
  assert.ok(platform instanceof Ours);
  const ours = new Ours(platform);
  assert.deepEqual([ours.method, ours.url, ours.cache], ["POST", "http://a/b", "no-store"]);
  assert.equal(await ours.text(), "x");
});
