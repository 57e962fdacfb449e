// Ten thousand sockets of one object that sleeps.
import assert from "node:assert/strict";
import { fork } from "node:child_process";
import { once } from "node:events";
import { test } from "node:test";
import { Worker } from "node:worker_threads";
import { Server } from "../dist/index.js";

const SOCKETS = 10_000;
/** Handshakes under way at a time. */
const TOGETHER = 200;

const code = `
const { parentPort, workerData } = require("node:worker_threads");
import(workerData.index).then(async ({ attach }) => {
  let lives = 0;
  class Room {
    constructor(ctx) { this.ctx = ctx; lives++; }
    fetch() {
      const [client, server] = new WebSocketPair();
      this.ctx.acceptWebSocket(server);
      return new Response(null, { status: 101, webSocket: client });
    }
    webSocketMessage(_ws, message) {
      const all = this.ctx.getWebSockets();
      for (const each of all) each.send(message);
      parentPort.postMessage([lives, all.length]);
    }
  }
  const fetch = (request, env) => env.ROOM.getByName("a").fetch(request);
  const room = { binding: "ROOM", className: "Room", uniqueKey: "-Room", sqlite: true };
  const module = { default: { fetch }, Room };
  const attached = await attach(workerData.token, { module, name: "", durableObjects: [room], vars: {} });
  parentPort.on("message", () => {
    const { lane } = attached.workers;
    const evicted = lane.native.evict(1);
    lane.ensureTurn();
    setImmediate(() => {
      globalThis.gc?.();
      parentPort.postMessage(evicted);
    });
  });
  parentPort.postMessage("ready");
});
`;

test("ten thousand sockets sleep with their object, and one message reaches all", async (t) => {
  const server = await Server.start({ storage: "memory", host: "127.0.0.1", port: 0 });
  t.after(() => server.stop(0));
  const index = new URL("../dist/index.js", import.meta.url).href;
  const lane = new Worker(code, { eval: true, workerData: { index, token: server.token } });
  t.after(() => lane.terminate());
  assert.deepEqual(await once(lane, "message"), ["ready"]);
  const before = process.memoryUsage().rss;
  // A process of its own: both ends of so many sockets are more than one may have open.
  const crowd = new URL("socket-crowd.mjs", import.meta.url);
  const remote = fork(crowd, [server.port, SOCKETS, TOGETHER].map(String));
  t.after(() => remote.kill());
  assert.equal(await hear(remote), "open");
  lane.postMessage("sleep");
  assert.deepEqual(await once(lane, "message"), [true], "it is evicted with its sockets open");
  const each = Math.round((process.memoryUsage().rss - before) / SOCKETS);
  t.diagnostic(`${each} bytes of memory for each of ${SOCKETS} sockets`);
  const heard = hear(remote);
  const woken = once(lane, "message");
  remote.send("say something");
  assert.deepEqual(await woken, [[2, SOCKETS]]);
  assert.equal(await heard, "heard");
  remote.send("end");
  await once(remote, "exit");
});

/** The next thing a child says. */
async function hear(child) {
  const [told] = await once(child, "message");
  return told;
}
