import assert from "node:assert/strict";
import { test } from "node:test";
import { Request as OurRequest, requestFromParts } from "../dist/web/request.js";
import { Response as OurResponse } from "../dist/web/response.js";
import { same } from "./web-differential.mjs";

const form = () => {
  const data = new FormData();
  data.append("a", "1");
  data.append("file", new File(["abc"], "f.txt", { type: "text/plain" }));
  return data;
};

/** Each body is made anew for each reading. */
const bodies = {
  text: () => "h\u00e9 \u{1F600}",
  empty: () => "",
  "a lone surrogate": () => "a\ud800b",
  "a byte order mark": () => "\ufeffx",
  json: () => '{"a":[1,2]}',
  null: () => null,
  bytes: () => new Uint8Array([104, 105, 255]),
  "marked bytes": () => new Uint8Array([0xef, 0xbb, 0xbf, 120]),
  "part of a buffer": () => new Uint8Array([1, 2, 3, 4]).subarray(1, 3),
  "a view": () => new DataView(new Uint8Array([104, 105, 106]).buffer, 1),
  "wide numbers": () => new Uint16Array([104, 105]),
  "a Buffer": () => Buffer.from("pooled"),
  "a buffer": () => new Uint8Array([104, 105]).buffer,
  parameters: () => new URLSearchParams({ a: "1 2", b: "&" }),
  blob: () => new Blob(["blob"], { type: "x/y" }),
  "blob without type": () => new Blob(["blob"]),
  "form data": form,
  stream: () => new Blob(["streamed"]).stream(),
  number: () => 5,
  object: () => ({}),
};

const readings = {
  text: (message) => message.text(),
  json: (message) => message.json(),
  bytes: async (message) => [...new Uint8Array(await message.arrayBuffer())],
  blob: async (message) => {
    const blob = await message.blob();
    return [blob.size, blob.type, await blob.text()];
  },
  formData: async (message) => {
    const data = await message.formData();
    return [...data].map(([name, value]) => [name, typeof value === "string" ? value : value.name]);
  },
  "text twice": async (message) => [await message.text(), await message.text()],
  "used before and after": async (message) => {
    const before = message.bodyUsed;
    await message.text();
    return [before, message.bodyUsed];
  },
  "the stream": async (message) => {
    if (message.body === null) return null;
    const first = message.body;
    let text = "";
    for await (const chunk of message.body) text += Buffer.from(chunk).toString("latin1");
    return [first === message.body, text, message.bodyUsed];
  },
  "text when locked": (message) => {
    message.body?.getReader();
    return message.text();
  },
  "text after the stream was looked at": async (message) => [
    message.body === null,
    message.bodyUsed,
    await message.text(),
    message.bodyUsed,
  ],
  "the stream after text": async (message) => {
    const text = await message.text();
    return [text, message.body === null, message.bodyUsed];
  },
  "a clone": async (message) => {
    const copy = message.clone();
    return [await copy.text(), await message.text()];
  },
  "a clone of a clone after a look": async (message) => {
    void message.body;
    const copy = message.clone().clone();
    return [await copy.text(), await message.text(), copy.bodyUsed];
  },
  "content type": (message) =>
    message.headers.get("content-type")?.replace(/boundary=.*/, "boundary"),
};

for (const [what, make] of Object.entries(bodies)) {
  for (const [how, read] of Object.entries(readings)) {
    if (what === "form data" && /text|bytes|blob|stream|clone/.test(how)) continue;
    same({
      [`response, ${what}, ${how}`]: ({ Response }) => read(new Response(make())),
      [`request, ${what}, ${how}`]: ({ Request }) =>
        read(new Request("http://a/", { method: "POST", body: make(), duplex: "half" })),
    });
  }
}

same({
  "later changes to given bytes do not show": async ({ Response }) => {
    const bytes = new Uint8Array([97, 98]);
    const buffer = new Uint8Array([97, 98]).buffer;
    const responses = [new Response(bytes), new Response(buffer)];
    bytes[0] = 120;
    new Uint8Array(buffer)[0] = 120;
    return Promise.all(responses.map((response) => response.text()));
  },
  "results do not share memory with a clone": async ({ Response }) => {
    const first = new Response(new Uint8Array([1, 2]));
    const second = first.clone();
    new Uint8Array(await first.arrayBuffer())[0] = 9;
    return [...new Uint8Array(await second.arrayBuffer())];
  },
  "a locked stream is refused": ({ Response }) => {
    const stream = new Blob(["x"]).stream();
    stream.getReader();
    return new Response(stream);
  },
  "a stream of an error fails the reading": async ({ Response }) => {
    const stream = new ReadableStream({
      pull() {
        throw new RangeError("broken");
      },
    });
    return new Response(stream).text();
  },
  "form data needs a content type": ({ Response }) => new Response(new Uint8Array([97])).formData(),
  "form data of parameters": async ({ Response }) => [
    ...(await new Response(new URLSearchParams({ a: "1" })).formData()),
  ],
});

test("a body of the transport is opened when asked for, and once", async () => {
  let opened = 0;
  const open = () => {
    opened += 1;
    return new Blob(["later"]).stream();
  };
  const request = requestFromParts("POST", "http://a/", [], open);
  assert.equal(request.bodyUsed, false);
  assert.equal(opened, 0);
  const moved = new OurRequest(request);
  assert.equal(opened, 0);
  assert.ok(request.bodyUsed);
  await assert.rejects(request.text(), TypeError);
  assert.equal(await moved.text(), "later");
  assert.equal(opened, 1);
  const response = new OurResponse(requestFromParts("POST", "http://a/", [], open).body);
  assert.equal(await response.text(), "later");
});
