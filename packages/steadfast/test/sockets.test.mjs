// Sockets inside a process: pairs, what they accept and refuse, and how they close.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Steadfast } from "../dist/index.js";
import { Recorder } from "./socket-client.mjs";

/** Runs `code` in an object and gives what it returns. */
async function inObject(t, code, options = {}) {
  let result;
  class Object_ {
    constructor(ctx) {
      this.ctx = ctx;
    }

    async fetch() {
      result = await code(this.ctx);
      return new Response();
    }
  }
  const app = await Steadfast.start({ durableObjects: { OBJECT: Object_ }, ...options });
  t.after(() => app.stop());
  await app.env.OBJECT.getByName("a").fetch("http://x/");
  return result;
}

/** The socket an object answers with, and the app. */
async function connectTo(t, Class, options = {}) {
  const app = await Steadfast.start({ durableObjects: { OBJECT: Class }, ...options });
  t.after(() => app.stop());
  const stub = app.env.OBJECT.getByName("a");
  const response = await stub.fetch("http://x/", { headers: { Upgrade: "websocket" } });
  return { app, stub, response, socket: response.webSocket };
}

/** Records the events of a socket as text. */
function record(socket, name = "") {
  const recorder = new Recorder();
  for (const type of ["open", "message", "close", "error"]) {
    socket.addEventListener(type, (event) => {
      const { data, code, reason, wasClean, message } = event;
      const told = type === "close" ? [code, reason, wasClean] : [data ?? message];
      recorder.add([`${name}${type}`, ...told, socket.readyState].join(" "));
    });
  }
  return recorder;
}

/** What `call` throws, as class, name and text. */
function thrown(call) {
  try {
    return `nothing: ${call()}`;
  } catch (error) {
    return `${error.constructor.name} ${error.name}: ${error.message}`;
  }
}

/** An accepted end. */
function accepted() {
  const [one] = new WebSocketPair();
  one.accept();
  return one;
}

/** Lets everything run that can run now. */
async function settle() {
  for (let turn = 0; turn < 50; turn++) await new Promise((resolve) => setImmediate(resolve));
}

test("a new pair has the members of workerd", async (t) => {
  await inObject(t, () => {
    const pair = new WebSocketPair();
    assert.deepEqual(Object.keys(pair), ["0", "1"]);
    assert.equal(String(pair), "[object WebSocketPair]");
    const [one, two] = pair;
    assert.ok(one instanceof WebSocket && two instanceof EventTarget);
    const { readyState, url, protocol, extensions, binaryType } = one;
    const members = [readyState, url, protocol, extensions, binaryType];
    assert.deepEqual(members, [1, null, "", "", "blob"]);
    assert.equal(WebSocket.OPEN, 1);
    assert.equal(one.READY_STATE_CLOSED, 3);
    const message = thrown(() => WebSocketPair());
    assert.match(message, /TypeError: Failed to construct 'WebSocketPair': Please use the 'new'/);
  });
});

test("what is sent before the other end accepts arrives afterwards, in order", async (t) => {
  await inObject(t, async () => {
    const [one, two] = new WebSocketPair();
    one.accept();
    for (const message of ["a", 1, null, undefined, {}]) one.send(message);
    const seen = record(two);
    two.accept();
    assert.deepEqual(await seen.take(5), [
      "message a 1",
      "message 1 1",
      "message null 1",
      "message undefined 1",
      "message [object Object] 1",
    ]);
  });
});

test("bytes arrive as they were when they were sent, as blobs or as buffers", async (t) => {
  await inObject(t, async () => {
    const [one, two] = new WebSocketPair();
    one.accept();
    two.accept();
    const bytes = new Uint16Array([1, 2, 3]).subarray(1);
    const first = new Promise((resolve) =>
      two.addEventListener("message", resolve, { once: true }),
    );
    one.send(bytes);
    bytes.fill(9);
    const blob = (await first).data;
    assert.ok(blob instanceof Blob);
    assert.deepEqual([...new Uint16Array(await blob.arrayBuffer())], [2, 3]);
    two.binaryType = "nonsense";
    assert.equal(two.binaryType, "blob");
    two.binaryType = "arraybuffer";
    const second = new Promise((resolve) => {
      two.onmessage = resolve;
    });
    one.send(new Uint8Array([7]).buffer);
    assert.deepEqual([...new Uint8Array((await second).data)], [7]);
  });
  const options = { compatibilityDate: "2026-03-16" };
  assert.equal(await inObject(t, () => accepted().binaryType, options), "arraybuffer");
});

test("a close is answered by itself, unless half open ends are asked for", async (t) => {
  await inObject(t, async () => {
    const [one, two] = new WebSocketPair();
    const [seen, seenToo] = [record(one), record(two)];
    one.accept();
    two.accept();
    one.close(3000, "bye");
    assert.equal(one.readyState, 2);
    assert.equal(await seenToo.next(), "close 3000 bye true 3");
    assert.equal(await seen.next(), "close 3000 bye true 3");

    const [left, right] = new WebSocketPair();
    const [leftSeen, rightSeen] = [record(left), record(right)];
    left.accept({ allowHalfOpen: true });
    right.accept({ allowHalfOpen: true });
    left.close();
    assert.equal(await rightSeen.next(), "close 1005  true 2");
    right.send("still");
    assert.equal(await leftSeen.next(), "message still 2");
    right.close(3001, "x");
    assert.equal(await leftSeen.next(), "close 3001 x true 3");
    assert.equal(right.readyState, 3);
  });
});

test("before its date a close is not answered by itself", async (t) => {
  const compatibilityDate = "2026-04-06";
  await inObject(
    t,
    async () => {
      const [one, two] = new WebSocketPair();
      const [seen, seenToo] = [record(one), record(two)];
      one.accept();
      two.accept();
      one.close(1000, "bye");
      assert.equal(await seenToo.next(), "close 1000 bye true 2");
      await settle();
      assert.deepEqual(seen.rest, []);
      two.close(1000, "too");
      assert.equal(await seen.next(), "close 1000 too true 3");
    },
    { compatibilityDate },
  );
});

test("what a socket refuses is said in workerd's words", async (t) => {
  await inObject(t, () => {
    const fresh = () => new WebSocketPair()[0];
    const closed = () => {
      const one = accepted();
      one.close();
      return one;
    };
    const unaccepted =
      "TypeError TypeError: You must call one of accept() or state.acceptWebSocket() on this WebSocket before sending messages.";
    const invalid = (code) =>
      `DOMException InvalidAccessError: Invalid WebSocket close code: ${code}.`;
    const rows = [
      [() => fresh().send("x"), unaccepted],
      [() => fresh().close(), unaccepted],
      [() => fresh().close(999), invalid(999)],
      [
        () => accepted().send(),
        "TypeError TypeError: Failed to execute 'send' on 'WebSocket': parameter 1 is not of type 'ArrayBuffer or ArrayBufferView or string'.",
      ],
      [() => closed().send("x"), "TypeError TypeError: Can't call WebSocket send() after close()."],
      [() => closed().close(999), invalid(999)],
      [() => closed().close(), "nothing: undefined"],
      [() => accepted().close(Number.NaN), invalid(0)],
      [() => accepted().close(null), invalid(0)],
      [() => accepted().close(-1), invalid(-1)],
      [() => accepted().close("1000"), "nothing: undefined"],
      [() => accepted().close(1000.5), "nothing: undefined"],
      [
        () => accepted().close(undefined, "r"),
        "DOMException InvalidAccessError: If you specify a WebSocket close reason, you must also specify a code.",
      ],
      [
        () => accepted().close(1000, "ä".repeat(62)),
        "DOMException SyntaxError: WebSocket close reason must not be longer than 123 bytes when UTF-8 encoded.",
      ],
      [() => accepted().close(1000, "r".repeat(123)), "nothing: undefined"],
    ];
    for (const [call, expected] of rows) assert.equal(thrown(call), expected);
    const refused = [0, 999, 1004, 1005, 1006, 1015, 5000, 65536];
    for (const code of refused)
      assert.equal(
        thrown(() => accepted().close(code)),
        invalid(code),
      );
    for (const code of [1000, 1001, 1003, 1014, 2999, 3000, 4999]) {
      assert.equal(
        thrown(() => accepted().close(code)),
        "nothing: undefined",
      );
    }
  });
  const compatibilityDate = "2026-03-02";
  const long = () => thrown(() => accepted().close(1000, "r".repeat(124)));
  assert.equal(await inObject(t, long, { compatibilityDate }), "nothing: undefined");
});

test("what acceptWebSocket refuses is said in workerd's words", async (t) => {
  await inObject(t, (ctx) => {
    const ACCEPTED =
      "Error Error: Cannot call `acceptWebSocket()` if the WebSocket was already accepted via `accept()`";
    const PEER =
      "Error Error: Cannot call `acceptWebSocket()` on this WebSocket because its pair has already been accepted or used in a Response.";
    const WRONG =
      "TypeError TypeError: Failed to execute 'acceptWebSocket' on 'DurableObjectState': parameter 1 is not of type 'WebSocket'.";
    const twice = (one, other) => () => {
      const pair = new WebSocketPair();
      one(pair);
      other(pair);
    };
    const hibernate = (at) => (pair) => ctx.acceptWebSocket(pair[at]);
    const listen = (at) => (pair) => pair[at].accept();
    const rows = [
      [twice(listen(0), hibernate(0)), ACCEPTED],
      [twice(hibernate(0), hibernate(0)), ACCEPTED],
      [twice(hibernate(0), hibernate(1)), PEER],
      [twice(listen(1), hibernate(0)), PEER],
      [twice(hibernate(0), listen(1)), "nothing: undefined"],
      [
        twice(hibernate(0), listen(0)),
        "TypeError TypeError: Can't accept() WebSocket after enabling hibernation.",
      ],
      [twice(listen(0), listen(0)), "nothing: undefined"],
      [() => ctx.acceptWebSocket({}), WRONG],
      [() => ctx.acceptWebSocket(), WRONG],
      [
        () => ctx.acceptWebSocket(new WebSocketPair()[0], "abc"),
        "TypeError TypeError: Failed to execute 'acceptWebSocket' on 'DurableObjectState': parameter 2 is not of type 'Array'.",
      ],
      [
        () => ctx.getTags(new WebSocketPair()[0]),
        "Error Error: you must call 'acceptWebSocket()' before attempting to access the tags of a WebSocket.",
      ],
      [() => ctx.getTags(accepted()), "Error Error: only hibernatable websockets can have tags."],
    ];
    for (const [call, expected] of rows) assert.equal(thrown(call), expected);
  });
});

test("tags are counted as workerd counts them", async (t) => {
  await inObject(t, (ctx) => {
    const tagged = (tags) => () => {
      const [one] = new WebSocketPair();
      ctx.acceptWebSocket(one, tags);
      return ctx.getTags(one).join();
    };
    const nine = Array.from({ length: 9 }, (_, at) => String(at));
    const ten = [...nine, "9"];
    const TOO_MANY = "Error Error: a Hibernatable WebSocket cannot have more than 10 tags";
    const long = "ä".repeat(129);
    const rows = [
      [[1, 2, "1"], "nothing: 1,2"],
      [[""], "nothing: "],
      [[...nine, "0", "0", "9"], `nothing: ${ten}`],
      [[...ten, "0"], TOO_MANY],
      [[...ten, "10"], TOO_MANY],
      [["a".repeat(256)], `nothing: ${"a".repeat(256)}`],
      [[long], `Error Error: "${long}" is longer than the max tag length (256 characters).`],
    ];
    for (const [tags, expected] of rows) assert.equal(thrown(tagged(tags)), expected);
  });
});

test("attachments are copies, of at most 16,384 bytes", async (t) => {
  await inObject(t, (ctx) => {
    const [one, two] = new WebSocketPair();
    for (const socket of [one, two, accepted()]) {
      assert.equal(socket.deserializeAttachment(), null);
      const value = { list: [1, new Date(0)] };
      socket.serializeAttachment(value);
      value.list.push(2);
      assert.deepEqual(socket.deserializeAttachment(), { list: [1, new Date(0)] });
    }
    ctx.acceptWebSocket(one);
    assert.deepEqual(one.deserializeAttachment(), { list: [1, new Date(0)] });
    one.serializeAttachment(undefined);
    assert.equal(one.deserializeAttachment(), undefined);
    one.serializeAttachment("a".repeat(16_379));
    assert.equal(
      thrown(() => one.serializeAttachment("a".repeat(16_380))),
      "Error Error: A WebSocket 'attachment' cannot be larger than 16384 bytes.'attachment' was 16385 bytes.",
    );
    assert.equal(one.deserializeAttachment().length, 16_379);
    assert.match(
      thrown(() => one.serializeAttachment()),
      /parameter 1 is not of type 'Value'/,
    );
    assert.match(
      thrown(() => one.serializeAttachment(two)),
      /DataCloneError: Could not serialize/,
    );
  });
});

test("settings of an object are checked and kept", async (t) => {
  await inObject(t, (ctx) => {
    const auto = (request, response) => () =>
      ctx.setWebSocketAutoResponse(new WebSocketRequestResponsePair(request, response));
    assert.equal(ctx.getWebSocketAutoResponse(), null);
    auto("ping", "pong")();
    const pair = ctx.getWebSocketAutoResponse();
    assert.deepEqual([pair.request, pair.response, Object.keys(pair)], ["ping", "pong", []]);
    const long = "a".repeat(2049);
    const rows = [
      [
        auto(long, "b"),
        "RangeError RangeError: Request cannot be larger than 2048 bytes. A request of size 2049 was provided.",
      ],
      [
        auto("a", long),
        "RangeError RangeError: Response cannot be larger than 2048 bytes. A response of size 2049 was provided.",
      ],
      [
        () => ctx.setWebSocketAutoResponse({}),
        "TypeError TypeError: Failed to execute 'setWebSocketAutoResponse' on 'DurableObjectState': parameter 1 is not of type 'WebSocketRequestResponsePair'.",
      ],
      [
        () => new WebSocketRequestResponsePair("a"),
        "TypeError TypeError: Failed to construct 'WebSocketRequestResponsePair': constructor parameter 2 is not of type 'string'.",
      ],
      [
        () => ctx.setHibernatableWebSocketEventTimeout(604_800_001),
        "Error Error: Event timeout should not exceed 604800000 ms.",
      ],
      [
        () => ctx.setHibernatableWebSocketEventTimeout(-1),
        "TypeError TypeError: The value cannot be converted because it is negative and this API expects a positive number.",
      ],
    ];
    for (const [call, expected] of rows) assert.equal(thrown(call), expected);
    ctx.setWebSocketAutoResponse();
    assert.equal(ctx.getWebSocketAutoResponse(), null);
    const timeouts = [500, 604_800_000, 1.7, "12", 0, undefined, null];
    const kept = timeouts.map((ms) => {
      ctx.setHibernatableWebSocketEventTimeout(ms);
      return ctx.getHibernatableWebSocketEventTimeout();
    });
    assert.deepEqual(kept, [500, 604_800_000, 1, 12, null, null, null]);
    assert.equal(ctx.getWebSocketAutoResponseTimestamp(new WebSocketPair()[0]), null);
  });
});

test("a response takes a socket with status 101 only", async (t) => {
  await inObject(t, () => {
    const answer = (init) => () => new Response(null, init).status;
    const webSocket = new WebSocketPair()[0];
    const rows = [
      [{ status: 101, webSocket }, "nothing: 101"],
      [{ status: 200, webSocket: null }, "nothing: 200"],
      [
        { status: 101 },
        "RangeError RangeError: Responses may only be constructed with status codes in the range 200 to 599, inclusive.",
      ],
      [
        { webSocket },
        "RangeError RangeError: Responses with a WebSocket must have status code 101.",
      ],
      [
        { status: 101, webSocket: {} },
        "TypeError TypeError: Incorrect type for the 'webSocket' field on 'InitializerDict': the provided value is not of type 'WebSocket'.",
      ],
    ];
    for (const [init, expected] of rows) assert.equal(thrown(answer(init)), expected);
    const response = new Response(null, { status: 101, webSocket });
    assert.equal(response.webSocket, webSocket);
    assert.equal(
      thrown(() => response.clone()),
      "TypeError TypeError: Cannot clone a response to a WebSocket handshake.",
    );
  });
});

test("a stub gives the socket of its object to who asks for one", async (t) => {
  class Echo {
    fetch() {
      const [client, server] = new WebSocketPair();
      server.accept();
      server.addEventListener("message", ({ data }) => server.send(`echo ${data}`));
      return new Response(null, { status: 101, webSocket: client, headers: { "x-a": "b" } });
    }
  }
  const { stub, response, socket } = await connectTo(t, Echo);
  const { status, statusText, url, body, headers } = response;
  assert.deepEqual(
    [status, statusText, url, body],
    [101, "Switching Protocols", "http://x/", null],
  );
  assert.deepEqual([...headers], [["x-a", "b"]]);
  const seen = record(socket);
  socket.accept();
  socket.send("hello");
  assert.equal(await seen.next(), "message echo hello 1");
  await assert.rejects(stub.fetch("http://x/"), {
    name: "TypeError",
    message:
      'Worker tried to return a WebSocket in a response to a request which did not contain the header "Upgrade: websocket".',
    remote: true,
  });
});

test("an object that is reset is gone for who holds the other end", async (t) => {
  class Fragile {
    constructor(ctx) {
      this.ctx = ctx;
    }

    fetch(request) {
      if (request.url.endsWith("/abort")) this.ctx.abort("on purpose");
      const [client, server] = new WebSocketPair();
      if (request.url.endsWith("/listen")) server.accept();
      else this.ctx.acceptWebSocket(server);
      return new Response(null, { status: 101, webSocket: client });
    }
  }
  const app = await Steadfast.start({ durableObjects: { OBJECT: Fragile } });
  t.after(() => app.stop());
  for (const path of ["", "listen"]) {
    const stub = app.env.OBJECT.getByName("a");
    const { webSocket } = await stub.fetch(`http://x/${path}`, {
      headers: { Upgrade: "websocket" },
    });
    const seen = record(webSocket);
    webSocket.accept();
    await assert.rejects(stub.fetch("http://x/abort"));
    const lost = "WebSocket disconnected without sending Close frame.";
    assert.equal(await seen.next(), `close 1006 ${lost} false 2`);
    webSocket.send("nobody is told");
  }
});

test("an accepted socket keeps its object in memory until it has closed", async (t) => {
  let lives = 0;
  class Listener {
    constructor() {
      lives++;
    }

    fetch(request) {
      if (request.headers.get("upgrade") === null) return new Response(String(lives));
      const [client, server] = new WebSocketPair();
      server.accept();
      return new Response(null, { status: 101, webSocket: client });
    }
  }
  const { app, stub, socket } = await connectTo(t, Listener, { clock: "manual" });
  const count = async () => (await stub.fetch("http://x/")).text();
  socket.accept();
  await app.clock.advance("1 minute");
  assert.equal(await count(), "1");
  const seen = record(socket);
  socket.close(1000);
  assert.equal(await seen.next(), "close 1000  true 3");
  await app.clock.advance("1 minute");
  assert.equal(await count(), "2");
});

test("a hibernating socket lets its object leave memory, and wakes it", async (t) => {
  let lives = 0;
  class Sleeper {
    constructor(ctx) {
      this.ctx = ctx;
      lives++;
    }

    fetch() {
      const [client, server] = new WebSocketPair();
      this.ctx.acceptWebSocket(server, ["tag"]);
      this.server = server;
      return new Response(null, { status: 101, webSocket: client });
    }

    webSocketMessage(ws, message) {
      ws.send(`${message} ${lives} ${ws === this.server} ${this.ctx.getTags(ws)}`);
    }
  }
  const { app, socket } = await connectTo(t, Sleeper, { clock: "manual" });
  const seen = record(socket);
  socket.accept();
  socket.send("a");
  assert.equal(await seen.next(), "message a 1 true tag 1");
  await app.clock.advance("1 minute");
  socket.send("b");
  assert.equal(await seen.next(), "message b 2 false tag 1");
});

test("an exception in a listener is logged, and the others are told", async (t) => {
  const logged = t.mock.method(console, "error", () => undefined);
  await inObject(t, async () => {
    const [one, two] = new WebSocketPair();
    one.accept();
    two.accept();
    const removed = () => assert.fail("it was removed");
    two.addEventListener("message", removed);
    two.removeEventListener("message", removed);
    two.addEventListener("message", () => {
      throw new Error("on purpose");
    });
    const seen = record(two);
    one.send("a");
    assert.equal(await seen.next(), "message a 1");
  });
  assert.equal(logged.mock.callCount(), 1);
});
