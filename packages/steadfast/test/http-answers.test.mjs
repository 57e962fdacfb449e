// What a client sees of responses over HTTP, and of responses that cannot be sent.
import assert from "node:assert/strict";
import http from "node:http";
import { after, test } from "node:test";
import { attach, Server } from "../dist/index.js";

let cached;

class Keeper {
  #response = new Response("kept");

  async fetch(request) {
    return new URL(request.url).pathname === "/object/kept" ? this.#response : locked();
  }
}

function locked() {
  const response = new Response(new Blob(["x"]).stream());
  response.body.getReader();
  return response;
}

const handler = {
  async fetch(request, env) {
    const { pathname } = new URL(request.url);
    if (pathname.startsWith("/object/")) {
      const stub = env.KEEPER.getByName("only");
      return stub.fetch(request).catch((error) => new Response(String(error)));
    }
    switch (pathname) {
      case "/cached":
        cached ??= new Response("cached");
        return cached;
      case "/locked":
        return locked();
      case "/reason":
        return new Response("x", { status: 202, statusText: "Taken in" });
      case "/stream-reason":
        return new Response(new Blob(["x"]).stream(), { statusText: "Flowing" });
      case "/control":
        return new Response("x", { headers: { a: "b\u0001c" } });
      default:
        return new Response(request.headers.get("x-text"), { headers: { "x-text": "né" } });
    }
  },
};

const quiet = console.error;
console.error = () => undefined;
const server = await Server.start({ storage: "memory", host: "127.0.0.1", port: 0 });
const attached = await attach(server.token, {
  module: { default: handler, Keeper },
  name: "answers",
  durableObjects: [
    { binding: "KEEPER", className: "Keeper", uniqueKey: "answers-Keeper", sqlite: true },
  ],
  vars: {},
});
after(async () => {
  attached.detach();
  await server.stop(0);
  console.error = quiet;
});

function get(path, headers = {}) {
  return new Promise((resolve, reject) => {
    const request = http.get({ port: server.port, path, headers, agent: false }, (response) => {
      let body = "";
      response.setEncoding("utf8");
      response.on("data", (chunk) => {
        body += chunk;
      });
      response.on("end", () => resolve({ response, body }));
    });
    request.on("error", reject);
  });
}

test("the text of the status line is the program's", async () => {
  assert.equal((await get("/reason")).response.statusMessage, "Taken in");
  assert.equal((await get("/stream-reason")).response.statusMessage, "Flowing");
  assert.equal((await get("/")).response.statusMessage, "OK");
});

test("header values are UTF-8 both ways", async () => {
  const asBytes = (text) => Buffer.from(text, "utf8").toString("latin1");
  const { response, body } = await get("/", { "x-text": asBytes("žluťoučký") });
  assert.equal(body, "žluťoučký");
  assert.equal(response.headers["x-text"], asBytes("né"));
});

test("a response that was sent before cannot be sent again, and the client hears of it", async () => {
  assert.equal((await get("/cached")).body, "cached");
  assert.equal((await get("/cached")).response.statusCode, 500);
});

test("a response that cannot be sent is an error, not a silence", async () => {
  assert.equal((await get("/locked")).response.statusCode, 500);
  assert.equal((await get("/control")).response.statusCode, 500);
});

test("an object's response that was used before fails the call", async () => {
  assert.equal((await get("/object/kept")).body, "kept");
  assert.match((await get("/object/kept")).body, /^TypeError: Body has already been used\./);
  assert.match(
    (await get("/object/locked")).body,
    /^TypeError: The ReadableStream has been locked/,
  );
  assert.equal((await get("/reason")).body, "x", "the lane runs on");
});
