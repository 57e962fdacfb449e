import assert from "node:assert/strict";
import { test } from "node:test";
import {
  asResponse,
  Response as Ours,
  responseFromNative,
  responseFromParts,
  responseHeaders,
  takeResponseBody,
} from "../dist/web/response.js";
import { same, seen } from "./web-differential.mjs";

same({
  "no arguments": ({ Response }) => seen(new Response()),
  text: ({ Response }) => seen(new Response("x")),
  "undefined init": ({ Response }) => seen(new Response("x", undefined)),
  "null init": ({ Response }) => seen(new Response("x", null)),
  "status and headers": ({ Response }) =>
    seen(new Response("x", { status: 404, statusText: "No", headers: { "X-A": "1" } })),
  "a content type that was given stays": ({ Response }) =>
    seen(new Response("x", { headers: { "Content-Type": "a/b" } })),
  "headers of another response": ({ Response }) => {
    const first = new Response("x", { status: 201, headers: [["a", "b"]] });
    const second = new Response("y", first);
    second.headers.set("a", "c");
    return [seen(first), seen(second)];
  },
  "headers that came from headers": ({ Response, Headers }) =>
    seen(new Response(null, { headers: new Headers({ a: "b" }) })),
  ...Object.fromEntries(
    [199, 200, 599, 600, 0, -1, 1.5, 200.9, "404", null, Number.NaN, "x", 101].map((status) => [
      `status ${JSON.stringify(status)} ${typeof status}`,
      ({ Response }) => new Response("x", { status }).status,
    ]),
  ),
  ...Object.fromEntries(
    [204, 205, 304].map((status) => [
      `status ${status} with and without a body`,
      ({ Response }) => {
        const empty = new Response(null, { status });
        let refused = false;
        try {
          new Response("x", { status });
        } catch (error) {
          refused = error instanceof TypeError;
        }
        return [empty.status, empty.body, refused];
      },
    ]),
  ),
  ...Object.fromEntries(
    ["a\nb", "fine", "\u20ac", "\u00e9", ""].map((statusText) => [
      `statusText ${JSON.stringify(statusText)}`,
      ({ Response }) => new Response("", { statusText }).statusText,
    ]),
  ),
  "error()": ({ Response }) => seen(Response.error()),
  "error() has immutable headers": ({ Response }) => Response.error().headers.set("a", "b"),
  "redirect()": ({ Response }) => seen(Response.redirect("http://a/b c", 307)),
  "redirect() of a URL": ({ Response }) => seen(Response.redirect(new URL("http://a/"))),
  "redirect() has immutable headers": ({ Response }) =>
    Response.redirect("http://a").headers.set("a", "b"),
  "redirect() refuses a relative URL": ({ Response }) => Response.redirect("/x"),
  "redirect() refuses other codes": ({ Response }) => Response.redirect("http://a", 200),
  "json()": async ({ Response }) => {
    const response = Response.json({ a: [1] }, { status: 201, headers: { "x-a": "1" } });
    return [seen(response), await response.text()];
  },
  "json() keeps a content type": ({ Response }) =>
    seen(Response.json(1, { headers: { "content-type": "x/y" } })),
  "json() refuses what JSON cannot say": ({ Response }) => Response.json(1n),
  "json() with a null body status": ({ Response }) => Response.json(1, { status: 204 }),
  "clone() leaves both whole": async ({ Response }) => {
    const first = new Response("abc", { status: 202, headers: { a: "b" } });
    const second = first.clone();
    second.headers.set("a", "c");
    const texts = [await first.text(), await second.text()];
    return [seen(first), seen(second), texts];
  },
  "clone() of a stream": async ({ Response }) => {
    const first = new Response(new Blob(["abc"]).stream());
    const second = first.clone();
    return [await second.text(), await first.text()];
  },
  "clone() of a used one": async ({ Response }) => {
    const response = new Response("x");
    await response.text();
    return response.clone();
  },
  "clone() of a locked one": ({ Response }) => {
    const response = new Response("x");
    response.body.getReader();
    return response.clone();
  },
  "a constructor needs new": ({ Response }) => Response("x"),
  "the object's tag": ({ Response }) => String(new Response()),
  "for in lists the members": ({ Response }) => {
    const names = [];
    for (const name in new Response()) names.push(name);
    // The platform's has none.
    return names.filter((name) => name !== "webSocket").sort();
  },
});

test("the texts of errors are workerd's", async () => {
  const used = new Ours("x");
  await used.text();
  await assert.rejects(
    used.text(),
    new TypeError(
      "Body has already been used. It can only be used once. Use tee() first if you need to read it twice.",
    ),
  );
  assert.throws(
    () => used.clone(),
    new TypeError("This ReadableStream is currently locked to a reader,"),
  );
  assert.throws(
    () => new Ours("", { status: 99 }),
    new RangeError(
      "Responses may only be constructed with status codes in the range 200 to 599, inclusive.",
    ),
  );
  assert.equal(new Ours("", { status: 204 }).status, 204);
});

test("a response from parts has immutable headers and these parts", async () => {
  const list = ["a", "1", "set-cookie", "x", "set-cookie", "y"];
  const response = responseFromParts(201, "Made", list, new TextEncoder().encode("hé"));
  assert.deepEqual(responseHeaders(response), list);
  assert.deepEqual(response.headers.getSetCookie(), ["x", "y"]);
  assert.throws(() => response.headers.set("a", "2"), TypeError);
  assert.equal(response.statusText, "Made");
  assert.equal(await response.text(), "hé");
  const changed = new Ours(null, response);
  changed.headers.set("a", "2");
  assert.deepEqual(responseHeaders(changed), ["a", "2", "set-cookie", "x", "set-cookie", "y"]);
});

test("plain bodies leave without a stream, once", async () => {
  const response = new Ours("abc");
  assert.equal(takeResponseBody(response), "abc");
  assert.ok(response.bodyUsed);
  assert.throws(() => takeResponseBody(response), TypeError);
  assert.equal(takeResponseBody(new Ours()), null);
  assert.deepEqual(takeResponseBody(new Ours(new Uint8Array([1, 2]))), new Uint8Array([1, 2]));
  assert.equal(takeResponseBody(new Ours(new URLSearchParams({ a: "b c" }))), "a=b+c");
});

test("a body that was looked at, but not read, leaves without a stream", () => {
  const response = new Ours("abc");
  assert.ok(response.body);
  assert.equal(takeResponseBody(response), "abc");
  assert.ok(response.bodyUsed);
});

test("a stream leaves as that stream", async () => {
  const stream = new Blob(["abc"]).stream();
  const response = new Ours(stream);
  assert.equal(takeResponseBody(response), stream);
  const reader = stream.getReader();
  await reader.read();
  assert.ok(response.bodyUsed);
});

test("a platform response is taken for one of ours", async () => {
  const platform = new globalThis.Response("abc", { status: 203, headers: { a: "b" } });
  assert.ok(platform instanceof Ours);
  const response = asResponse(platform);
  assert.equal(response.status, 203);
  assert.equal(response.headers.get("a"), "b");
  assert.equal(await response.text(), "abc");
  assert.ok(response.bodyUsed);
  assert.equal(asResponse({ status: 200 }), undefined);
  assert.equal(asResponse(null), undefined);
  assert.equal(asResponse("x"), undefined);
  assert.equal(responseFromNative(new globalThis.Response(null)).body, null);
});

test("ours is an instance of the platform's class, and subclasses stay apart", () => {
  class Mine extends Ours {
    extra = 1;
  }
  const mine = new Mine("x", { status: 201 });
  assert.ok(mine instanceof Mine && mine instanceof Ours && mine instanceof globalThis.Response);
  assert.ok(!(new Ours() instanceof Mine));
  assert.equal(asResponse(mine), mine);
  assert.equal(mine.status, 201);
});
