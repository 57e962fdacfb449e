import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:net";
import { join } from "node:path";
import { test } from "node:test";
import { Command, cliPath, get } from "./command.mjs";
import { counterFiles, counterWorker } from "./counter-project.mjs";
import { project, write } from "./project.mjs";

/** `steadfast serve` in a directory. */
function serve(t, directory, ...args) {
  return new Command(t, ["serve", directory, ...args]);
}

/** The output of a command that has to end with code 1. */
async function refused(command) {
  assert.deepEqual(await command.ended(), { code: 1, signal: null });
  return command.output;
}

test("what was answered is still there after kill -9", async (t) => {
  const directory = project(t, counterFiles());
  const first = serve(t, directory);
  const url = await first.url();
  assert.equal(await get(url), "count 1");
  assert.equal(await get(url), "count 2");
  assert.deepEqual(await first.kill("SIGKILL"), { code: null, signal: "SIGKILL" });
  assert.equal(await get(await serve(t, directory).url()), "count 3");
});

test("serve does not watch, and logs requests only when asked", async (t) => {
  const directory = project(t, counterFiles("old"));
  const quiet = serve(t, directory);
  const url = await quiet.url();
  write(directory, "src/index.ts", counterWorker("new"));
  assert.equal(await get(url), "old 1");
  await quiet.kill("SIGTERM");
  assert.doesNotMatch(quiet.output, /GET|reloaded/);
  const logging = serve(t, directory, "--log-requests");
  assert.equal(await get(await logging.url()), "new 2");
  await logging.printed(/^GET \/ 200 [\d.]+ ms$/m);
});

test("--persist-to keeps data elsewhere, --port and --host choose the address", async (t) => {
  const directory = project(t, counterFiles());
  const data = join(directory, "elsewhere");
  const first = serve(t, directory, "--persist-to", data, "--host", "127.0.0.2");
  const url = await first.url();
  assert.match(url, /^http:\/\/127\.0\.0\.2:\d+$/);
  assert.equal(await get(url), "count 1");
  await first.kill("SIGTERM");
  const { port } = new URL(url);
  const second = serve(t, directory, "--persist-to", data, "--port", port);
  assert.equal(await second.url(), `http://127.0.0.1:${port}`);
  assert.equal(await get(`http://127.0.0.1:${port}`), "count 2");
});

for (const signal of ["SIGTERM", "SIGINT"]) {
  test(`${signal} finishes the request in flight and ends with code 0`, async (t) => {
    const { command, url } = await slow(t);
    const response = await fetch(url);
    command.signal(signal);
    await command.printed(new RegExp(`${signal}: finishing the requests in flight`));
    assert.equal(await response.text(), "first, last");
    assert.deepEqual(await command.ended(), { code: 0, signal: null });
    await assert.rejects(fetch(url));
  });
}

test("a second signal ends at once", async (t) => {
  const { command, url } = await slow(t, 60_000);
  const response = await fetch(url);
  command.signal("SIGTERM");
  await command.printed(/SIGTERM: finishing/);
  command.signal("SIGTERM");
  assert.deepEqual(await command.ended(), { code: 143, signal: null });
  await assert.rejects(response.text());
});

/** A Worker whose answer has begun and ends after `delayMs`. */
async function slow(t, delayMs = 300) {
  const worker = `export default {
    fetch() {
      const body = new TransformStream();
      const writer = body.writable.getWriter();
      writer.write(new TextEncoder().encode("first, "));
      setTimeout(() => {
        writer.write(new TextEncoder().encode("last"));
        writer.close();
      }, ${delayMs});
      return new Response(body.readable);
    },
  };`;
  const directory = project(t, { "wrangler.json": { main: "index.js" }, "index.js": worker });
  const command = serve(t, directory);
  return { command, url: await command.url() };
}

test("a port that is in use is named with its flag", async (t) => {
  const directory = project(t, counterFiles());
  const server = createServer().listen(0, "127.0.0.1");
  t.after(() => server.close());
  await once(server, "listening");
  const { port } = server.address();
  assert.equal(
    await refused(serve(t, directory, "--port", String(port))),
    `error the port is in use: host="127.0.0.1" port=${port}; choose another with --port\n`,
  );
});

test("data that another process uses are refused", async (t) => {
  const directory = project(t, counterFiles());
  const first = serve(t, directory);
  const url = await first.url();
  assert.match(
    await refused(serve(t, directory)),
    /^error another process is using the data: directory=".*\.steadfast"; stop it, or choose another directory with --persist-to\n$/,
  );
  assert.equal(await get(url), "count 1");
});

test("a missing class names the class, the binding and what is exported", async (t) => {
  const files = counterFiles();
  files["src/index.ts"] = files["src/index.ts"].replace("class Counter", "class Count");
  assert.equal(
    await refused(serve(t, project(t, files))),
    'error the Worker does not export the class "Counter": ' +
      'binding="COUNTER" class_name="Counter" exports="Count, default"\n',
  );
});

test("a broken project ends with code 1 and says why", async (t) => {
  const syntax = { ...counterFiles(), "src/index.ts": "const = 1;" };
  assert.match(
    await refused(serve(t, project(t, syntax))),
    /^error the build failed\n[\s\S]*src\/index\.ts:1:6:/,
  );
  const main = { "wrangler.json": { name: "a" } };
  assert.equal(
    await refused(serve(t, project(t, main))),
    'error wrangler.json: missing "main": which module is the Worker?\n',
  );
  const throwing = { ...counterFiles(), "src/index.ts": "\n\nthrow new TypeError('at load');" };
  assert.match(
    await refused(serve(t, project(t, throwing))),
    /^error TypeError: at load\n {4}at .*src\/index\.ts:3:7/,
  );
});

test("a disk that is full ends the command, and what was answered is kept", async (t) => {
  const worker = `import { DurableObject } from "cloudflare:workers";
export class Pile extends DurableObject {
  async fetch(request) {
    if (request.method === "GET") return Response.json((await this.ctx.storage.list()).size);
    await this.ctx.storage.put(crypto.randomUUID(), "x".repeat(60_000));
    return new Response("kept");
  }
}
export default { fetch: (request, env) => env.PILE.getByName("a").fetch(request) };`;
  const config = {
    main: "index.js",
    durable_objects: { bindings: [{ name: "PILE", class_name: "Pile" }] },
    migrations: [{ tag: "v1", new_sqlite_classes: ["Pile"] }],
  };
  const directory = project(t, { "wrangler.json": config, "index.js": worker });
  // No file of the process may grow beyond 4 MiB, in the shell's unit of 512 bytes.
  const limited = ["sh", "-c", 'ulimit -f 8192 && exec "$0" "$@"', process.execPath, cliPath];
  const command = new Command(t, ["serve", directory], { program: limited });
  const url = await command.url();
  let kept = 0;
  for (;;) {
    const answer = await fetch(url, { method: "POST" }).catch(() => undefined);
    if ((await answer?.text().catch(() => undefined)) !== "kept") break;
    kept += 1;
  }
  assert.deepEqual(await command.ended(), { code: 1, signal: null });
  assert.match(command.output, /^error the storage has failed: .+$/m);
  const stored = Number(await get(await serve(t, directory).url()));
  assert.ok(stored >= kept, `stored=${stored} kept=${kept}`);
});
