// Several threads under the command line: they share the work, die and are replaced.
import assert from "node:assert/strict";
import { once } from "node:events";
import { test } from "node:test";
import WebSocket from "ws";
import { Command, get } from "./command.mjs";
import { project, write } from "./project.mjs";

const WORKER = `import { DurableObject } from "cloudflare:workers";

/** Each thread has its own. */
const thread = crypto.randomUUID();
const hoard = [];

function die(how) {
  if (how === "exit") process.exit(3);
  if (how === "loop") for (;;);
  if (how === "memory") for (;;) hoard.push(new Array(100_000).fill({ n: hoard.length }));
}

export class Counter extends DurableObject {
  async fetch(request) {
    const { searchParams } = new URL(request.url);
    if (request.headers.get("upgrade") === "websocket") {
      const { 0: client, 1: server } = new WebSocketPair();
      this.ctx.acceptWebSocket(server, [searchParams.get("as")]);
      return new Response(null, { status: 101, webSocket: client });
    }
    if (searchParams.has("die")) die(searchParams.get("die"));
    if (searchParams.has("thread")) return new Response(thread);
    const count = ((await this.ctx.storage.get("count")) ?? 0) + (request.method === "POST" ? 1 : 0);
    if (request.method === "POST") await this.ctx.storage.put("count", count);
    return new Response(String(count));
  }

  webSocketMessage(ws, message) {
    ws.send(this.ctx.getTags(ws)[0] + ": " + message);
  }
}

export default {
  async fetch(request, env) {
    const url = new URL(request.url);
    if (url.pathname.startsWith("/entry")) {
      const { die: how, stand, run } = Object.fromEntries(url.searchParams);
      die(how);
      if (run !== undefined) await env.COUNTER.getByName(run).fetch(request.url, { method: "POST" });
      for (const end = Date.now() + Number(stand ?? 0); Date.now() < end; );
      return new Response(thread);
    }
    try {
      return await env.COUNTER.getByName(url.pathname).fetch(request);
    } catch (error) {
      return Response.json({ message: error.message, ...error }, { status: 599 });
    }
  },
};
`;

const CONFIG = {
  name: "lanes",
  main: "index.js",
  compatibility_date: "2026-08-01",
  durable_objects: { bindings: [{ name: "COUNTER", class_name: "Counter" }] },
  migrations: [{ tag: "v1", new_sqlite_classes: ["Counter"] }],
};

/** `steadfast` in a project with that Worker, and its address. */
async function started(t, command, args) {
  const directory = project(t, { "wrangler.json": CONFIG, "index.js": WORKER });
  const running = new Command(t, [command, directory, ...args]);
  return { command: running, directory, url: await running.url() };
}

const OBJECTS = 16;

/** Increments until `isOver`, from several connections; how often each object has acknowledged. */
async function increment(url, isOver) {
  const kept = new Array(OBJECTS).fill(0);
  const failures = new Map();
  const client = async (first) => {
    for (let n = first; !isOver(); n++) {
      const object = n % OBJECTS;
      const response = await fetch(`${url}/${object}`, { method: "POST" });
      const text = await response.text();
      if (response.status === 200) kept[object] += 1;
      else failures.set(text, (failures.get(text) ?? 0) + 1);
    }
  };
  await Promise.all(Array.from({ length: 8 }, (_, n) => client(n * 5)));
  return { kept, failures: [...failures.keys()] };
}

/** Nothing acknowledged is missing; what was not may have been saved all the same. */
async function assertKept(url, kept) {
  for (let object = 0; object < OBJECTS; object++) {
    const count = Number(await get(`${url}/${object}`));
    assert.ok(count >= kept[object], `object=${object} count=${count} kept=${kept[object]}`);
  }
}

test("the threads have modules of their own, and an object is on one of them", async (t) => {
  const { url } = await started(t, "serve", ["--lanes", "2"]);
  const threads = new Set();
  const homes = new Map();
  for (let n = 0; n < 32; n++) {
    // Requests take turns among the lanes.
    for (let turn = 0; turn < 2; turn++) threads.add(await get(`${url}/entry`));
    const object = n % OBJECTS;
    const home = await get(`${url}/${object}?thread`);
    assert.equal(homes.get(object) ?? home, home);
    homes.set(object, home);
  }
  assert.equal(threads.size, 2);
  assert.deepEqual(new Set(homes.values()), threads);
});

const DEATHS = {
  exit: { says: /the Worker's code ended its thread: exit_code=3; lane=\d is replaced/, args: [] },
  loop: {
    says: /the Worker's code did not yield: cpu_ms_max=1000; lane=\d is replaced/,
    args: ["--cpu-ms", "1000"],
  },
  memory: {
    says: /the Worker's code is out of memory; see --lane-memory-mb; lane=\d is replaced/,
    args: ["--lane-memory-mb", "64"],
  },
};

for (const [how, { says, args }] of Object.entries(DEATHS)) {
  test(`a lane that dies by ${how} under load is replaced, and nothing acknowledged is lost`, async (t) => {
    const { command, url } = await started(t, "serve", ["--lanes", "2", ...args]);
    let over = false;
    const load = increment(url, () => over);
    for (const object of ["x", "y", "z"]) {
      const death = await fetch(`${url}/${object}?die=${how}`);
      const text = await death.text();
      if (death.status === 599) {
        assert.deepEqual(JSON.parse(text), {
          message: "Network connection lost.",
          retryable: true,
        });
      } else {
        assert.equal(death.status, 500);
        assert.equal(text, "the worker's thread has ended\n");
      }
      await command.printed(says);
      // Its objects are there again.
      assert.equal(await get(`${url}/${object}`), "0");
    }
    over = true;
    const { kept, failures } = await load;
    for (const failure of failures)
      assert.match(failure, /Network connection lost|thread has ended/);
    assert.ok(Math.min(...kept) > 0);
    await assertKept(url, kept);
  });
}

test("hibernating sockets stay connected when the lane of their object dies", async (t) => {
  const { command, url } = await started(t, "serve", ["--lanes", "2"]);
  const sockets = await Promise.all(
    Array.from({ length: 6 }, async (_, n) => {
      const socket = new WebSocket(`${url.replace("http", "ws")}/${n}?as=s${n}`);
      t.after(() => socket.terminate());
      await once(socket, "open");
      return socket;
    }),
  );
  const ask = async (socket, text) => {
    const answer = once(socket, "message");
    socket.send(text);
    return String((await answer)[0]);
  };
  for (const object of [0, 1, 2, 3]) {
    await fetch(`${url}/${object}?die=exit`);
    await command.printed(DEATHS.exit.says);
    for (const [n, socket] of sockets.entries()) {
      assert.equal(await ask(socket, `after ${object}`), `s${n}: after ${object}`);
    }
  }
});

test("a lane that is stuck does not hold up the other", async (t) => {
  const { url } = await started(t, "serve", ["--lanes", "2", "--cpu-ms", "60000"]);
  const stuck = fetch(`${url}/entry?die=loop`).catch(() => undefined);
  const own = await get(`${url}/entry`);
  // So many, because the answer to one and the choice of a lane for the next come close together.
  for (let n = 0; n < 500; n++) assert.equal(await get(`${url}/entry`), own);
  void stuck;
});

const CLIENTS = 16;

/** Asks from so many connections, `count` times in all; `path` makes each path of its number. */
async function askTogether(url, count, path) {
  let asked = 0;
  const client = async () => {
    while (asked < count) {
      asked += 1;
      await get(url + path(asked));
    }
  };
  await Promise.all(Array.from({ length: CLIENTS }, client));
}

test("a lane that is stuck keeps no request it has not begun with", async (t) => {
  const { url } = await started(t, "serve", ["--lanes", "2", "--cpu-ms", "60000"]);
  await askTogether(url, 400, (n) => {
    // Among the others, so that some have reached the lane already.
    if (n === 100) fetch(`${url}/entry?die=loop`).catch(() => undefined);
    return "/entry";
  });
  const own = await get(`${url}/entry`);
  for (let n = 0; n < 20; n++) assert.equal(await get(`${url}/entry`), own);
});

test("a lane that was stuck answers what it had begun with, once, and takes requests again", async (t) => {
  const { url } = await started(t, "serve", ["--lanes", "2"]);
  const standing = get(`${url}/entry/run?stand=1000&run=/run/0`);
  const runs = 300;
  await askTogether(url, runs, (n) => `/entry/run?run=/run/${n}`);
  const threads = new Set([await standing]);
  // Of a path whose objects have taught the server nothing.
  for (let n = 0; n < 10_000 && threads.size < 2; n++) threads.add(await get(`${url}/entry`));
  assert.equal(threads.size, 2);
  for (let run = 0; run <= runs; run++) assert.equal(await get(`${url}/run/${run}`), "1");
});

test("code that ends its thread at every load ends the command in the end", async (t) => {
  const { command, url } = await started(t, "serve", ["--lanes", "2"]);
  assert.match(await get(`${url}/entry`), /-/);
  await command.kill("SIGTERM");
  const directory = project(t, {
    "wrangler.json": CONFIG,
    "index.js": `${WORKER}\nprocess.exit(4);`,
  });
  const broken = new Command(t, ["serve", directory, "--lanes", "2"]);
  assert.deepEqual(await broken.ended(), { code: 1, signal: null });
  assert.match(broken.output, /error the Worker's code ended its thread: exit_code=4/);
});

test("a reload under load fails no request but with the documented reset", async (t) => {
  const { command, directory, url } = await started(t, "dev", ["--lanes", "2"]);
  let over = false;
  const load = increment(url, () => over);
  for (let n = 0; n < 3; n++) {
    write(directory, "index.js", `${WORKER}globalThis.revision = ${n};\n`);
    await command.printed(/reloaded in/);
  }
  over = true;
  const { kept, failures } = await load;
  for (const failure of failures) {
    assert.match(failure, /Durable Object reset because its code was updated|code was replaced/);
  }
  assert.ok(Math.min(...kept) > 0);
  await assertKept(url, kept);
});

test("lanes are counted from one", async (t) => {
  const directory = project(t, { "wrangler.json": CONFIG, "index.js": WORKER });
  const refused = new Command(t, ["serve", directory, "--lanes", "0"]);
  await refused.ended();
  assert.equal(
    refused.output,
    'error --lanes needs a number: given="0" lanes_min=1 lanes_max=256\n',
  );
});
