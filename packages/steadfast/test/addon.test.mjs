// One addon in a process, whoever asks for it. Read the first test first.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { test } from "node:test";
import { promisify } from "node:util";
import vm from "node:vm";
import { installCopy, linkDependencies, PRINT_ADDONS, version } from "./installed.mjs";
import { project, write } from "./project.mjs";

const execute = promisify(execFile);

/** Starts an app with each of two copies of `steadfast`, one of them installed for another package. */
const START_BOTH = `
  const { Steadfast } = await import("steadfast");
  const { Steadfast: Other } = await import("other");
  if (Steadfast === Other) throw new Error("it is the same copy");
  await (await Steadfast.start({ worker: {} })).stop();
  await (await Other.start({ worker: {} })).stop();`;

/** A project that has `steadfast`, and a package that has another one, of version `second`. */
function projectWithTwo(t, second) {
  const other = join("node_modules", "other");
  const directory = project(t, {
    [join(other, "package.json")]: { name: "other", type: "module", main: "index.js" },
    [join(other, "index.js")]: 'export { Steadfast } from "steadfast";',
  });
  installCopy(directory, "steadfast");
  installCopy(join(directory, other), "steadfast", second);
  return directory;
}

/** What a program prints that runs in `directory` with the addons that are installed there. */
async function run(directory, program) {
  const options = { cwd: directory, env: { ...process.env, STEADFAST_ADDON: "" } };
  const args = ["--input-type=module", "--eval", program];
  return (await execute(process.execPath, args, options)).stdout;
}

test("two copies of steadfast share one addon", async (t) => {
  const directory = projectWithTwo(t, version);
  const loaded = JSON.parse(await run(directory, `${START_BOTH}${PRINT_ADDONS}`));
  assert.deepEqual(loaded, [join(directory, "node_modules", "steadfast", "steadfast.node")]);
});

test("a thread takes the addon of those before it, whichever copy it has", async (t) => {
  const directory = projectWithTwo(t, version);
  const thread = `import { Steadfast } from "other";
    await (await Steadfast.start({ worker: {} })).stop();`;
  write(directory, "thread.mjs", thread);
  const program = `
    import { once } from "node:events";
    import { Worker } from "node:worker_threads";
    import { Steadfast } from "steadfast";
    await (await Steadfast.start({ worker: {} })).stop();
    await once(new Worker("./thread.mjs", { execArgv: [] }), "exit");`;
  const loaded = JSON.parse(await run(directory, `${program}${PRINT_ADDONS}`));
  assert.deepEqual(loaded, [join(directory, "node_modules", "steadfast", "steadfast.node")]);
});

test("what one copy has made, the other can use", async (t) => {
  const directory = projectWithTwo(t, version);
  const other = join(directory, "node_modules", "other");
  installCopy(other, "@steadfast/storage");
  linkDependencies(other, "@steadfast/storage");
  const exports = 'export { AlarmStore } from "steadfast"; export * from "@steadfast/storage";';
  write(other, "index.js", exports);
  const program = `
    import assert from "node:assert/strict";
    import { AlarmStore as Own, DurableObjectStorage } from "steadfast";
    import { AlarmStore, DiskStorage } from "other";
    assert.notEqual(AlarmStore, Own);
    const disk = DiskStorage.memory();
    const alarms = new AlarmStore();
    const fired = new Promise((resolve) => alarms.setupAlarms(resolve));
    const storage = new DurableObjectStorage(disk.object("a"), alarms);
    storage.kv.put("key", "value");
    await storage.setAlarm(Date.now() + 60_000);
    await alarms.flushAlarms();
    await fired;
    console.log(await storage.get("key"), await storage.getAlarm());
    alarms.dispose();
    await disk.close();`;
  assert.equal(await run(directory, program), "value null\n");
});

test("two versions of steadfast in one process are an error that names both", async (t) => {
  const directory = projectWithTwo(t, "0.2.0");
  const failure = await run(directory, START_BOTH).catch((error) => error.stderr);
  const copies = [
    join(directory, "node_modules"),
    join(directory, "node_modules/other/node_modules"),
  ];
  const [first, second] = copies.map((modules) => join(modules, "steadfast"));
  assert.ok(
    failure.includes(
      `two versions of steadfast are in one process: version="${version}" directory="${first}" and ` +
        `version="0.2.0" directory="${second}": install one version of all packages of steadfast`,
    ),
    failure,
  );
});

test("modules in a global object of their own share it too", (t) => {
  const directory = projectWithTwo(t, version);
  // As Jest runs a module: its code in another context, the modules of Node as everywhere.
  const load = (within) => {
    const dist = join(directory, within, "node_modules", "steadfast", "dist");
    const path = join(dist, "addon.cjs");
    const names = ["exports", "require", "__dirname"];
    const parsingContext = vm.createContext({ process });
    const code = vm.compileFunction(readFileSync(path, "utf8"), names, { parsingContext });
    const exports = {};
    code(exports, createRequire(path), dist);
    return exports.loadAddon();
  };
  assert.equal(load("node_modules/other"), load("."));
});
