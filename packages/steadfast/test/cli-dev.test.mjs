import assert from "node:assert/strict";
import { rmSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { Command, get } from "./command.mjs";
import { counterFiles, counterWorker } from "./counter-project.mjs";
import { project, write } from "./project.mjs";

const ENV_WORKER = `export default {
  fetch: (request, env) => Response.json(env),
};`;

/** `steadfast dev` in a project made of `files`. */
async function dev(t, files, { args = [], ...options } = {}) {
  const directory = project(t, files);
  const command = new Command(t, ["dev", ...args], { cwd: directory, ...options });
  return { directory, command, url: await command.url() };
}

test("the banner lists bindings and vars and hides secrets", async (t) => {
  const files = counterFiles();
  files["wrangler.json"].vars = { GREETING: "hello", LIST: [1, { a: null }] };
  files["wrangler.json"].wat = 1;
  files[".dev.vars"] = "KEY=very-secret";
  const { command, url } = await dev(t, files);
  const lines = command.output.split("\n").map((line) => line.trimEnd());
  assert.deepEqual(lines.slice(0, 10), [
    'warning wrangler.json:30:3: unknown key: key="wat"',
    "",
    "  counting wrangler.json",
    "  env.COUNTER   Durable Object  Counter (SQLite)",
    '  env.GREETING  var             "hello"',
    '  env.LIST      var             [1,{"a":null}]',
    "  env.KEY       secret          (hidden)",
    "  data          directory       .steadfast",
    "",
    `  ready on ${url}`,
  ]);
  assert.doesNotMatch(command.output, /very-secret/);
});

test("each request is logged, in colour only where that is wanted", async (t) => {
  const worker = `export default {
    fetch: (request) => new Response(null, { status: Number(new URL(request.url).pathname.slice(1)) }),
  };`;
  const files = { "wrangler.json": { main: "index.js" }, "index.js": worker };
  const plain = await dev(t, files);
  for (const status of [204, 302, 404, 500]) {
    await fetch(`${plain.url}/${status}`, { redirect: "manual" });
    await plain.command.printed(new RegExp(`^GET /${status} ${status} [\\d.]+ ms$`, "m"));
  }
  const colored = await dev(t, files, { env: { FORCE_COLOR: "1" } });
  await fetch(`${colored.url}/404`, { method: "POST" });
  const [line] = await colored.command.printed(/^POST .*$/m);
  const [time] = /[\d.]+ ms/.exec(line);
  const esc = String.fromCharCode(27);
  assert.equal(line, `POST /404 ${esc}[33m404${esc}[0m ${esc}[2m${time}${esc}[0m`);
});

test("a change reloads the code and keeps the data and the port", async (t) => {
  const { command, directory, url } = await dev(t, counterFiles("old"));
  assert.equal(await get(url), "old 1");
  write(directory, "src/index.ts", counterWorker("new"));
  await command.printed(/reloaded in \d+ ms/);
  assert.equal(await get(url), "new 2");
  assert.equal(await get(`${url}/other`), "new 1");
});

test("code at the top of a module reads variables", async (t) => {
  const worker = `import { env } from "cloudflare:workers";
  const greeting = env.GREETING;
  export default { fetch: () => new Response(greeting) };`;
  const files = {
    "wrangler.json": { main: "index.js", vars: { GREETING: "hello" } },
    "index.js": worker,
  };
  const { url } = await dev(t, files);
  assert.equal(await get(`${url}/`), "hello");
});

test("a file saved by renaming another over it reloads", async (t) => {
  const { command, directory, url } = await dev(t, counterFiles("old"));
  const { renameSync } = await import("node:fs");
  write(directory, "src/index.ts~", counterWorker("new"));
  renameSync(join(directory, "src/index.ts~"), join(directory, "src/index.ts"));
  await command.printed(/reloaded/);
  assert.equal(await get(url), "new 1");
});

test("a failed build keeps the old code running", async (t) => {
  const { command, directory, url } = await dev(t, counterFiles("old"));
  write(directory, "src/index.ts", `${counterWorker("new")}\nconst = 1;`);
  await command.printed(/error the build failed[\s\S]*src\/index\.ts:17:6:[\s\S]*17 │ const = 1;/);
  await command.printed(/the code from before keeps running/);
  assert.equal(await get(url), "old 1");
  write(directory, "src/index.ts", counterWorker("new"));
  await command.printed(/reloaded/);
  assert.equal(await get(url), "new 2");
});

test("code that does not load keeps the old code running", async (t) => {
  const { command, directory, url } = await dev(t, counterFiles("old"));
  write(directory, "src/index.ts", `${counterWorker("new")}\nthrow new Error("at load");`);
  await command.printed(/error Error: at load\n {4}at .*src\/index\.ts:17:7/);
  assert.equal(await get(url), "old 1");
  write(directory, "src/index.ts", counterWorker("new").replace("class Counter", "class Renamed"));
  await command.printed(
    /the Worker does not export the class "Counter": binding="COUNTER" class_name="Counter" exports="Renamed, default"/,
  );
  assert.equal(await get(url), "old 2");
});

test("code that is broken from the beginning is waited for", async (t) => {
  const files = counterFiles("good");
  const directory = project(t, { ...files, "src/index.ts": 'import "./lib/missing";' });
  const command = new Command(t, ["dev"], { cwd: directory });
  await command.printed(/Could not resolve "\.\/lib\/missing"/);
  const [, url] = await command.printed(/listening on (\S+); requests wait/);
  const waiting = get(url);
  write(directory, "src/index.ts", files["src/index.ts"]);
  assert.equal(await waiting, "good 1");
  assert.equal(await command.url(), url);
});

test("a file that appears is found", async (t) => {
  const files = counterFiles("good");
  const { command, directory, url } = await dev(t, files);
  write(directory, "src/index.ts", `import "./later";\n${counterWorker("later")}`);
  await command.printed(/Could not resolve/);
  write(directory, "src/later.ts", "export {};");
  await command.printed(/reloaded/);
  assert.equal(await get(url), "later 1");
});

test("the configuration and the variables are read again", async (t) => {
  const config = { main: "index.js", vars: { A: "1" } };
  const { command, directory, url } = await dev(t, {
    "wrangler.json": config,
    "index.js": ENV_WORKER,
  });
  assert.equal(await get(url), '{"A":"1"}');
  write(directory, ".dev.vars", "A=2\nB=3");
  await command.printed(/reloaded/);
  assert.equal(await get(url), '{"A":"2","B":"3"}');
  write(directory, "wrangler.json", { ...config, vars: { C: "4" } });
  await command.printed(/reloaded/);
  assert.equal(await get(url), '{"C":"4","A":"2","B":"3"}');
  rmSync(join(directory, ".dev.vars"));
  await command.printed(/reloaded/);
  assert.equal(await get(url), '{"C":"4"}');
  write(directory, "wrangler.json", '{ "main": 1 }');
  await command.printed(/Expected "main" to be of type string but got 1\./);
  assert.equal(await get(url), '{"C":"4"}');
});

test("--env chooses a section of the configuration", async (t) => {
  const files = {
    "wrangler.toml": 'main = "index.js"\n[vars]\nA = "top"\n[env.staging.vars]\nA = "staging"\n',
    "index.js": ENV_WORKER,
  };
  const { url } = await dev(t, files, { args: ["--env", "staging"] });
  assert.equal(await get(url), '{"A":"staging"}');
});

test("stacks show the lines of the source", async (t) => {
  const files = {
    "wrangler.json": { main: "src/index.ts" },
    "src/index.ts": `import { fail } from "./fail";
type Unused = { gone: true };
export default {
  fetch(): Response {
    try { fail(); } catch (error) { return new Response((error as Error).stack); }
  },
};`,
    "src/fail.ts":
      "interface Gone {\n  a: string;\n}\nexport function fail(): never {\n  throw new Error('here');\n}\n",
  };
  const { directory, url } = await dev(t, files);
  const stack = (await get(url)).split("\n");
  assert.equal(stack[0], "Error: here");
  assert.equal(stack[1].trim(), `at fail (${join(directory, "src/fail.ts")}:5:9)`);
  assert.ok(stack[2].includes(`${join(directory, "src/index.ts")}:5:11`), stack[2]);
});

test("imports of files reach the running Worker", async (t) => {
  const files = {
    "wrangler.json": { main: "index.js" },
    "index.js": `import sql from "./a.sql"; import bytes from "./b.bin"; import wasm from "./c.wasm";
      const { exports } = new WebAssembly.Instance(wasm);
      export default {
        fetch: () => Response.json([sql, bytes.byteLength, exports.answer()]),
      };`,
    "a.sql": "select 1",
    "b.bin": new Uint8Array(5),
    // (module (func (export "answer") (result i32) i32.const 42))
    "c.wasm": Buffer.from("AGFzbQEAAAABBQFgAAF/AwIBAAcKAQZhbnN3ZXIAAAoGAQQAQSoL", "base64"),
  };
  const { url } = await dev(t, files);
  assert.equal(await get(url), '["select 1",5,42]');
});

test("what a Worker throws outside of a request is logged and does not end the command", async (t) => {
  const files = {
    "wrangler.json": { main: "index.ts" },
    "index.ts": `export default {
  fetch(request: Request) {
    const { pathname } = new URL(request.url);
    if (pathname === "/reject") Promise.reject(new Error("rejected"));
    if (pathname === "/throw") setTimeout(() => { throw new Error("thrown"); });
    return new Response("ok");
  },
};`,
  };
  const { command, url } = await dev(t, files);
  assert.equal(await get(`${url}/reject`), "ok");
  await command.printed(/Error: rejected[\s\S]*?index\.ts:4:48/);
  assert.equal(await get(`${url}/throw`), "ok");
  await command.printed(/Error: thrown[\s\S]*?index\.ts:5:\d+/);
  assert.equal(await get(url), "ok");
});

test("a Worker that ends its process ends its thread, which is replaced", async (t) => {
  const files = {
    "wrangler.json": { main: "index.js" },
    "index.js": `export default {
      fetch(request) {
        if (request.url.endsWith("/exit")) process.exit(3);
        return new Response("fine");
      },
    };`,
  };
  const { command, url } = await dev(t, files);
  assert.equal((await fetch(`${url}/exit`)).status, 500);
  await command.printed(/the Worker's code ended its thread: exit_code=3; lane=0 is replaced/);
  assert.equal(await get(url), "fine");
});

test("code that never yields is replaced", async (t) => {
  const stuck = (place) => `export default {
  fetch(request) {
    ${place === "handler" ? 'console.log("stuck"); for (;;);' : 'return new Response("fine");'}
  },
};
${place === "module" ? 'console.log("stuck"); for (;;);' : ""}`;
  const { command, directory, url } = await dev(t, {
    "wrangler.json": { main: "index.js" },
    "index.js": stuck("handler"),
  });
  const answer = fetch(url);
  await command.printed(/stuck/);
  write(directory, "index.js", stuck("module"));
  await command.printed(/stuck/);
  write(directory, "index.js", stuck("nowhere"));
  await command.printed(/reloaded/);
  assert.equal((await answer).status, 503);
  assert.equal(await get(url), "fine");
});

test("--inspect lets a debugger attach, also after a reload", async (t) => {
  const { command, directory, url } = await dev(t, counterFiles("old"), {
    args: ["--inspect=127.0.0.1:0"],
  });
  const target = async () => {
    const [, host] = await command.printed(/Debugger listening on ws:\/\/([\d.:]+)\//);
    const [{ type }] = await (await fetch(`http://${host}/json/list`)).json();
    return type;
  };
  assert.equal(await get(url), "old 1");
  command.rewind();
  assert.equal(await target(), "node");
  write(directory, "src/index.ts", counterWorker("new"));
  assert.equal(await target(), "node");
  await command.printed(/reloaded/);
  assert.equal(await get(url), "new 2");
});
