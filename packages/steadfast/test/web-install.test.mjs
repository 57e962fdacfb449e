import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";
import { test } from "node:test";
import { installWeb } from "../dist/web/install.js";
import { native } from "../dist/web/native.js";
import { requestFromParts } from "../dist/web/request.js";

/** An HTTP server that says back what it got. */
async function echo(run) {
  const server = createServer(async (request, response) => {
    let body = "";
    for await (const chunk of request) body += chunk;
    const { method, url, headers } = request;
    response.setHeader("set-cookie", ["a=1", "b=2"]);
    response.end(JSON.stringify({ method, url, headers, body }));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  try {
    await run(`http://127.0.0.1:${server.address().port}`);
  } finally {
    server.closeAllConnections();
    server.close();
  }
}

test("fetch of the installed classes", async () => {
  installWeb(globalThis);
  const installed = globalThis.Response;
  await echo(async (origin) => {
    const response = await fetch(`${origin}/x`, {
      method: "PUT",
      headers: new Headers({ "x-a": "1" }),
      body: "hello",
    });
    assert.ok(response instanceof Response);
    assert.equal(response.constructor, Response);
    assert.equal(response.url, `${origin}/x`);
    assert.throws(() => response.headers.set("a", "b"), TypeError);
    assert.deepEqual(response.headers.getSetCookie(), ["a=1", "b=2"]);
    const said = await new Response(response.body, response).json();
    assert.equal(said.method, "PUT");
    assert.equal(said.body, "hello");
    assert.equal(said.headers["x-a"], "1");

    const hop = ["host", "elsewhere", "connection", "keep-alive", "content-length", "4", "x", "1"];
    const forwarded = await fetch(
      new Request(`${origin}/y`, requestFromParts("POST", "http://e/", hop, "body")),
    );
    const { headers, body } = await forwarded.json();
    assert.equal(body, "body");
    assert.equal(headers.x, "1");
    assert.equal(headers.host, new URL(origin).host);
  });
  assert.equal(globalThis.Response, installed, "loading the platform's classes keeps ours");
  assert.notEqual(native().Response, installed);
});
