// Our side: a process per program, serving HTTP as `steadfast serve` does.
import { fork } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";

/** @typedef {import("./program.mjs").Program} Program */

const SERVER = join(import.meta.dirname, "serve-program.mjs");
const REGISTER = import.meta.resolve("steadfast/register");

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
      const child = fork(SERVER, [JSON.stringify(settingsOf(program, folder))], {
        stdio: ["ignore", "pipe", "pipe", "ipc"],
        execArgv: ["--import", REGISTER],
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
 * What serve-program.mjs needs to know.
 * @param {Program} program
 * @param {string} folder
 */
function settingsOf(program, folder) {
  return {
    file: program.file,
    storage: join(folder, program.name),
    name: program.name,
    durableObjects: program.objects,
    vars: program.vars,
    compatibilityDate: program.compatibilityDate,
  };
}
