// Our side: a process per program, serving HTTP as `steadfast serve` does.
import { fork } from "node:child_process";
import { once } from "node:events";
import { mkdir, writeFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { pathToFileURL } from "node:url";

/** @typedef {import("./program.mjs").Program} Program */

const SERVER = join(import.meta.dirname, "serve-program.mjs");
const WORKERS = import.meta.resolve("steadfast/workers");

/**
 * The processes are ended without notice, so that a next life finds what was durable.
 * @type {import("./host.mjs").StartHost}
 */
export async function startSteadfast(_programs, folder, log) {
  /** @type {Set<import("node:child_process").ChildProcess>} */
  const children = new Set();
  const end = async (/** @type {import("node:child_process").ChildProcess} */ child) => {
    if (!children.delete(child) || child.exitCode !== null || child.signalCode !== null) return;
    const exited = once(child, "exit");
    child.kill("SIGKILL");
    await exited;
  };
  return {
    async open(program) {
      const settings = await settingsOf(program, folder);
      const child = fork(SERVER, [JSON.stringify(settings)], {
        stdio: ["ignore", "pipe", "pipe", "ipc"],
      });
      children.add(child);
      for (const stream of [child.stdout, child.stderr]) {
        stream?.on("data", (chunk) => log(`${program.name}: ${chunk}`));
      }
      const [port] = await Promise.race([
        once(child, "message"),
        once(child, "exit").then(([code, signal]) =>
          Promise.reject(new Error(`the process ended at start: code=${code} signal=${signal}`)),
        ),
      ]);
      return { port, close: () => end(child) };
    },
    async stop() {
      await Promise.all([...children].map(end));
    },
  };
}

/**
 * Writes the modules as a bundler would, and says what serve-program.mjs needs to know.
 * @param {Program} program
 * @param {string} folder
 */
async function settingsOf(program, folder) {
  for (const part of ["modules", "data"]) await mkdir(join(folder, part), { recursive: true });
  return {
    storage: join(folder, "data", program.name),
    workers: await Promise.all(
      [program, ...program.others].map((worker) => workerSettings(worker, folder)),
    ),
  };
}

/**
 * @param {import("./program.mjs").WorkerModule} worker
 * @param {string} folder
 */
async function workerSettings(worker, folder) {
  const file = join(folder, "modules", basename(worker.file));
  const shared = pathToFileURL(join(dirname(worker.file), "observe.mjs")).href;
  await writeFile(
    file,
    worker.source
      .replaceAll(/from "cloudflare:workers"/g, `from "${WORKERS}"`)
      .replace(/from "\.\/observe\.mjs"/, `from "${shared}"`),
  );
  return {
    file,
    name: worker.name,
    durableObjects: worker.objects.map(({ script, ...object }) => ({
      ...object,
      ...(script === undefined ? {} : { scriptName: script }),
    })),
    services: worker.services.map(({ worker: service, ...binding }) => ({
      ...binding,
      service: service === "self" ? worker.name : service,
    })),
    vars: worker.vars,
    compatibilityDate: worker.compatibilityDate,
    compatibilityFlags: worker.compatibilityFlags,
  };
}
