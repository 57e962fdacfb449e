// Sockets to outside: the constructor, fetch with an upgrade, and passing one on.
import assert from "node:assert/strict";
import { createServer } from "node:http";
import { test } from "node:test";
import { WebSocketServer } from "ws";
import { Steadfast } from "../dist/index.js";
import { open, Recorder, serveObject } from "./socket-client.mjs";

/** A server that echoes, says which protocol it chose, and closes when told so. */
async function startOutside(t) {
  const http = createServer((_request, response) => {
    response.writeHead(403, { "x-why": "not here" });
    response.end("no sockets here");
  });
  const sockets = new WebSocketServer({ noServer: true });
  http.on("upgrade", (request, socket, head) => {
    if (request.url === "/refuse") {
      socket.end("HTTP/1.1 403 Forbidden\r\nx-why: not here\r\ncontent-length: 2\r\n\r\nno");
      return;
    }
    sockets.handleUpgrade(request, socket, head, (client) => {
      const { authorization = "" } = request.headers;
      client.on("message", (data, isBinary) => {
        const text = data.toString();
        if (text === "close") client.close(4001, "as you say");
        else if (text === "vanish") client.terminate();
        else if (text === "who") client.send(`${client.protocol} ${authorization}`);
        else client.send(data, { binary: isBinary });
      });
    });
  });
  http.listen(0, "127.0.0.1");
  await new Promise((resolve) => http.on("listening", resolve));
  t.after(() => {
    for (const client of sockets.clients) client.terminate();
    http.close();
  });
  return http.address().port;
}

/** Runs code in an object. */
async function inObject(t, code) {
  let result;
  class Object_ {
    async fetch() {
      result = await code();
      return new Response();
    }
  }
  const app = await Steadfast.start({ durableObjects: { OBJECT: Object_ } });
  t.after(() => app.stop());
  await app.env.OBJECT.getByName("a").fetch("http://x/");
  return result;
}

function record(socket) {
  const recorder = new Recorder();
  for (const type of ["open", "message", "close", "error"]) {
    socket.addEventListener(type, ({ data, code, reason }) => {
      recorder.add([type, ...[data, code, reason].filter((each) => each !== undefined)].join(" "));
    });
  }
  return recorder;
}

test("new WebSocket connects, echoes and is closed by the other side", async (t) => {
  const port = await startOutside(t);
  await inObject(t, async () => {
    const socket = new WebSocket(`ws://127.0.0.1:${port}/`, ["chat", "other"]);
    assert.deepEqual([socket.readyState, socket.url], [0, `ws://127.0.0.1:${port}/`]);
    assert.throws(() => socket.send("early"), TypeError);
    assert.throws(() => socket.accept(), {
      message: "Websockets obtained from the 'new WebSocket()' constructor cannot call accept",
    });
    const seen = record(socket);
    assert.equal(await seen.next(), "open");
    assert.deepEqual([socket.readyState, socket.protocol], [1, "chat"]);
    socket.binaryType = "arraybuffer";
    socket.send("hello");
    socket.send(new Uint8Array([1, 2]));
    const answers = await seen.take(2);
    assert.deepEqual(answers, ["message hello", "message [object ArrayBuffer]"]);
    socket.send("close");
    assert.equal(await seen.next(), "close 4001 as you say");
    assert.equal(socket.readyState, 3);
  });
});

test("a socket that is closed here, lost, or never connects says so", async (t) => {
  const port = await startOutside(t);
  await inObject(t, async () => {
    const closing = new WebSocket(`ws://127.0.0.1:${port}/`);
    const seen = record(closing);
    await seen.next();
    closing.close(3000, "bye");
    assert.equal(await seen.next(), "close 3000 bye");
    const lost = new WebSocket(`ws://127.0.0.1:${port}/`);
    const lostSeen = record(lost);
    await lostSeen.next();
    lost.send("vanish");
    const text = "close 1006 WebSocket disconnected without sending Close frame.";
    assert.equal(await lostSeen.next(), text);
    const refused = record(new WebSocket(`ws://127.0.0.1:${port}/refuse`));
    assert.equal(await refused.next(), "error");
  });
});

test("what the constructor refuses is said in workerd's words", async (t) => {
  await inObject(t, () => {
    const rows = [
      [["bad"], "WebSocket Constructor: The url is invalid."],
      [["http://x/"], "WebSocket Constructor: The url scheme must be ws or wss."],
      [["ws://x/#a"], "WebSocket Constructor: The url fragment must be empty."],
      [["ws://x/", "a b"], "WebSocket Constructor: The protocol header token is invalid."],
      [["ws://x/", [""]], "WebSocket Constructor: One of the protocol header tokens is invalid."],
      [
        ["ws://x/", ["a", "a"]],
        "WebSocket Constructor: The protocols header cannot have repeating values.",
      ],
    ];
    for (const [given, message] of rows) {
      assert.throws(() => new WebSocket(...given), { name: "SyntaxError", message });
    }
    assert.throws(() => new WebSocket(), TypeError);
  });
});

test("fetch asks for a socket, with headers, and gives what a server refuses with", async (t) => {
  const port = await startOutside(t);
  await inObject(t, async () => {
    const headers = { Upgrade: "websocket", authorization: "me", "sec-websocket-protocol": "chat" };
    const response = await fetch(`http://127.0.0.1:${port}/`, { headers });
    assert.equal(response.status, 101);
    const { webSocket } = response;
    const seen = record(webSocket);
    webSocket.accept();
    webSocket.send("who");
    assert.equal(await seen.next(), "message chat me");
    webSocket.close(1000);
    const refused = await fetch(`http://127.0.0.1:${port}/refuse`, { headers });
    assert.deepEqual(
      [refused.status, refused.headers.get("x-why"), refused.webSocket, await refused.text()],
      [403, "not here", null, "no"],
    );
  });
});

test("a socket from outside can be passed on to a client", async (t) => {
  const outside = await startOutside(t);
  const { port } = await serveObject(t, class {}, {
    fetch: (request) => fetch(new Request(`http://127.0.0.1:${outside}/`, request)),
  });
  const client = await open(t, port);
  client.send("through");
  client.send(Buffer.from([1, 2]));
  assert.deepEqual(await client.seen.take(2), ["through", "bytes 1,2"]);
  client.send("close");
  assert.equal(await client.seen.next(), "close 4001 as you say");
});
