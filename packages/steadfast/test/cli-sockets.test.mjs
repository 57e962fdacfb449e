// Sockets of a project that the command line serves: reloads, and the end of the process.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Command } from "./command.mjs";
import { project, write } from "./project.mjs";
import { open } from "./socket-client.mjs";

/** Says which code runs, and how many are connected. */
function room(label) {
  return `import { DurableObject } from "cloudflare:workers";

export class Room extends DurableObject {
  fetch() {
    const [client, server] = Object.values(new WebSocketPair());
    this.ctx.acceptWebSocket(server);
    return new Response(null, { status: 101, webSocket: client });
  }

  webSocketMessage(_ws, message) {
    for (const ws of this.ctx.getWebSockets()) ws.send("${label} " + message);
  }
}

export default {
  fetch: (request, env) => env.ROOM.getByName("a").fetch(request),
};
`;
}

const files = {
  "wrangler.json": {
    name: "rooms",
    main: "index.js",
    compatibility_date: "2026-08-01",
    durable_objects: { bindings: [{ name: "ROOM", class_name: "Room" }] },
    migrations: [{ tag: "v1", new_sqlite_classes: ["Room"] }],
  },
  "index.js": room("first"),
};

test("a reload of the code disconnects nobody, and the end of the process everybody", async (t) => {
  const directory = project(t, files);
  const command = new Command(t, ["dev"], { cwd: directory });
  const { port } = new URL(await command.url());
  const clients = [await open(t, port), await open(t, port)];
  clients[0].send("hello");
  for (const client of clients) assert.equal(await client.seen.next(), "first hello");
  write(directory, "index.js", room("second"));
  await command.printed(/reloaded|ready on/);
  clients[1].send("again");
  for (const client of clients) assert.equal(await client.seen.next(), "second again");
  const closed = Promise.all(clients.map((client) => client.seen.next()));
  await command.kill("SIGTERM");
  for (const each of await closed) assert.match(each, /^close 10/);
});
