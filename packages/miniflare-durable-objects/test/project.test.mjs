// A project of Miniflare 2, under the real one: with our package by an override, and as it is. Each part runs
// in both, and must say the same.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { copyFileSync, cpSync, existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { Command, get } from "../../steadfast/test/command.mjs";
import { project } from "../../steadfast/test/project.mjs";
import { install, MINIFLARE, overriding, tarballs } from "./tarballs.mjs";

const SOURCE = fileURLToPath(new URL("project", import.meta.url));

/** Miniflare 2 with its test environments, and the newest runners these work with. */
const DEPENDENCIES = {
  miniflare: MINIFLARE,
  "jest-environment-miniflare": MINIFLARE,
  "vitest-environment-miniflare": MINIFLARE,
  jest: "29.7.0",
  vitest: "0.34.6",
};

/** Miniflare 2 runs modules in contexts of their own. */
const VM_MODULES = "--experimental-vm-modules";

/** The project as arguments of the command line. */
const FLAGS = [
  ...["served.mjs", "--modules", "-o", "COUNTER=Counter", "-o", "GREETER=Greeter@mounted"],
  ...["--mount", "mounted=./mounted"],
];

test("a project of Miniflare 2 cannot tell the packages apart", async (t) => {
  const manifest = { private: true, dependencies: DEPENDENCIES };
  const [ours, theirs] = await Promise.all([
    installed(t, overriding(await tarballs(t), { dependencies: DEPENDENCIES })),
    installed(t, manifest),
  ]);
  assert.equal(nameIn(ours), "@steadfast/miniflare-durable-objects");
  assert.equal(nameIn(theirs), "@miniflare/durable-objects");
  const both = (part) => Promise.all([part(ours), part(theirs)]);

  await t.test("through the class Miniflare", async () => {
    const [our, their] = await both((directory) => drive(directory, join(directory, "data")));
    assert.ok(their.some((line) => line.startsWith('["missing class"')));
    assert.deepEqual(our, their);
  });

  await t.test("each on the data that the other has written", async () => {
    const [our, their] = await Promise.all([
      drive(ours, join(theirs, "data")),
      drive(theirs, join(ours, "data")),
    ]);
    // More often than one run constructs an object.
    assert.ok(their.some((line) => line.includes(String.raw`[\"starts\",8]`)));
    assert.deepEqual(our, their);
  });

  await t.test("with data in a directory of Steadfast", async () => {
    const [our, their] = await Promise.all([
      drive(ours, "steadfast:./disk"),
      drive(theirs, join(theirs, "files")),
    ]);
    const answers = (lines) => lines.filter((line) => !line.startsWith('["file",'));
    assert.ok(our.includes('["file","base.sqlite"]'));
    assert.deepEqual(answers(our), answers(their));
  });

  await t.test("over HTTP from the command line", async (t) => {
    const [our, their] = await both((directory) => serve(t, directory));
    assert.ok(their.length > 10);
    assert.deepEqual(our, their);
  });

  await t.test("in the help of the command line", async () => {
    const help = ["node_modules/miniflare/bootstrap.js", "--help"];
    const [our, their] = await both((directory) => node(directory, help, {}, "stderr"));
    assert.match(their, /--do-persist/);
    assert.equal(our, their);
  });

  await t.test("with tools that know no `exports` of a package", () => {
    const backed = join(ours, "node_modules/steadfast/backed");
    const { main, types } = JSON.parse(readFileSync(join(backed, "package.json"), "utf8"));
    for (const path of [main, types]) assert.ok(existsSync(join(backed, path)), path);
  });

  await t.test("in a data directory, also after kill -9", async (t) => {
    const flags = [...FLAGS, "--do-persist", "steadfast:./durable"];
    await session(t, ours, flags, async (url, command) => {
      for (const n of [1, 2, 3]) assert.equal(await get(`${url}/COUNTER/a/increment`), `${n}`);
      assert.match(await get(`${url}/GREETER/g/hello`), /"greeted":1/);
      await command.kill("SIGKILL");
    });
    await session(t, ours, flags, async (url) => {
      assert.equal(await get(`${url}/COUNTER/a/increment`), "4");
      assert.match(await get(`${url}/GREETER/g/hello`), /"greeted":2/);
    });
    const config = readFileSync(join(ours, "wrangler.mf.toml"), "utf8");
    const durable = config.replace("persist = true", 'persist = "steadfast:./durable"');
    assert.notEqual(durable, config);
    writeFileSync(join(ours, "wrangler.durable.toml"), durable);
    await session(t, ours, ["--wrangler-config", "wrangler.durable.toml"], async (url) => {
      assert.equal(await get(`${url}/COUNTER/a/increment`), "5");
    });
    assert.ok(existsSync(join(ours, "durable/base.sqlite")));
  });

  await t.test("in Jest", async () => {
    const jest = ["node_modules/jest/bin/jest.js", "--runInBand", "--json"];
    const [our, their] = await both(async (directory) => {
      return passedIn(await node(directory, [VM_MODULES, ...jest]));
    });
    assert.ok(their.length >= 9);
    assert.deepEqual(our, their);
  });

  await t.test("in Vitest", async () => {
    const vitest = ["node_modules/vitest/vitest.mjs", "run", "--reporter=json"];
    const [our, their] = await both(async (directory) => {
      return passedIn(await node(directory, vitest, { NODE_OPTIONS: VM_MODULES }));
    });
    assert.ok(their.length >= 9);
    assert.deepEqual(our, their);
  });
});

async function installed(t, manifest) {
  const directory = project(t, { "package.json": manifest });
  cpSync(SOURCE, directory, { recursive: true });
  await install(directory);
  return directory;
}

function nameIn(directory) {
  const path = join(directory, "node_modules/@miniflare/durable-objects/package.json");
  return JSON.parse(readFileSync(path, "utf8")).name;
}

/** The lines that `api.mjs` prints. */
async function drive(directory, persist) {
  const output = await node(directory, [VM_MODULES, "api.mjs", persist]);
  return output.trim().split("\n");
}

/** The answers of the command line: by flags, then anew over the same data, by a file and reloading. */
async function serve(t, directory) {
  copyFileSync(join(directory, "worker.mjs"), join(directory, "served.mjs"));
  const answers = [];
  const asking = (args, use) =>
    session(t, directory, args, (url, command) => {
      const ask = async (path, body) => {
        const answer = await (body === undefined ? get(url + path) : post(url + path, body));
        answers.push(`${path} ${answer}`);
      };
      return use(ask, command);
    });

  await asking([...FLAGS, "--do-persist"], async (ask) => {
    await Promise.all(Array.from({ length: 10 }, () => ask("/COUNTER/a/increment")));
    answers.sort();
    await ask("/COUNTER/a/transfer");
    await ask("/COUNTER/a/throw");
    await ask("/GREETER/g/hello");
    await ask("/COUNTER/a/alarm", "500");
    await ask("/COUNTER/a/alarmed");
    await ask("/COUNTER/b/alarm", "3600000");
  });

  await asking(["--wrangler-config", "wrangler.mf.toml", "--watch"], async (ask, command) => {
    await ask("/COUNTER/a/state");
    await ask("/GREETER/g/hello");
    const script = join(directory, "served.mjs");
    writeFileSync(script, readFileSync(script, "utf8").replace("VERSION = 1", "VERSION = 2"));
    await command.printed(/reloaded!/);
    await ask("/COUNTER/a/state");
    await ask("/COUNTER/b/state");
  });
  return answers;
}

/** Runs the command line of Miniflare while `use` lasts. */
async function session(t, directory, args, use) {
  const quiet = ["--no-cf-fetch", "--no-update-check", "--host", "127.0.0.1"];
  const program = [process.execPath, join(directory, "node_modules/miniflare/bootstrap.js")];
  const command = new Command(t, [...args, ...quiet], { cwd: directory, program });
  const [, url] = await command.printed(/(http:\/\/127\.0\.0\.1:\d+)/);
  await use(url, command);
  await command.kill("SIGTERM");
}

async function post(url, body) {
  const response = await fetch(url, { method: "POST", body });
  return response.text();
}

/** What a program prints, run in `directory` to a good end. */
function node(directory, args, env = {}, stream = "stdout") {
  const options = {
    cwd: directory,
    env: {
      ...process.env,
      NODE_ENV: undefined,
      NODE_TEST_CONTEXT: undefined,
      NO_COLOR: "1",
      ...env,
    },
    maxBuffer: 16 * 1024 * 1024,
  };
  return new Promise((resolve, reject) => {
    execFile(process.execPath, args, options, (error, stdout, stderr) => {
      if (error) reject(new Error(`${error.message}\n${stdout}\n${stderr}`));
      else resolve(stream === "stdout" ? stdout : stderr);
    });
  });
}

/** The names of the tests in the report of a runner, all of which have passed. */
function passedIn(output) {
  const report = JSON.parse(output.slice(output.indexOf("{")));
  const tests = report.testResults.flatMap(({ assertionResults }) => assertionResults);
  for (const { status, title, failureMessages } of tests) {
    assert.equal(status, "passed", `${title}\n${failureMessages}`);
  }
  return tests.map(({ title }) => title);
}
