// Ends of sockets that nobody can use any more: a process of its own, which may collect garbage on demand.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { test } from "node:test";
import { promisify } from "node:util";

const code = `
import { Steadfast } from ${JSON.stringify(new URL("../dist/index.js", import.meta.url).href)};

let told;
const closed = new Promise((resolve) => { told = resolve; });
class Room {
  constructor(ctx) { this.ctx = ctx; }
  fetch() {
    const [client, server] = new WebSocketPair();
    this.ctx.acceptWebSocket(server);
    return new Response(null, { status: 101, webSocket: client });
  }
  webSocketClose(_ws, code) { told(code); }
}
const app = await Steadfast.start({ durableObjects: { ROOM: Room } });
const upgrade = { headers: { Upgrade: "websocket" } };
await app.env.ROOM.getByName("a").fetch("http://x/", upgrade).then((response) => response.status);
let code;
closed.then((given) => { code = given; });
while (code === undefined) {
  gc();
  await new Promise((resolve) => setImmediate(resolve));
}
console.log(code);
await app.stop();
`;

test("an object learns that nobody can use the other end of its socket", async () => {
  const args = ["--expose-gc", "--input-type=module", "--eval", code];
  const { stdout } = await promisify(execFile)(process.execPath, args, { timeout: 30_000 });
  assert.equal(stdout, "1006\n");
});
