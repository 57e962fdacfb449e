// Runs programs on a host, all of a process's life at a time, and collects their transcripts.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { performSteps } from "./transcript.mjs";

/** @typedef {import("./program.mjs").Program} Program */
/** @typedef {import("./transcript.mjs").Answer} Answer */

/**
 * A started host: a port per program.
 * @typedef {object} Host
 * @property {Map<string, number>} ports
 * @property {() => Promise<void>} stop
 * @property {() => string} log What the host printed so far.
 *
 * @typedef {(programs: Program[], folder: string) => Promise<Host>} StartHost
 * @typedef {{ answers: Map<string, Answer>, log: string }} Run
 */

/** Programs that run at the same time. `slow` ones only wait, so they are not counted. */
const CONCURRENCY = 6;

/**
 * @param {StartHost} startHost
 * @param {Program[]} programs
 * @returns {Promise<Run>}
 */
export async function runPrograms(startHost, programs) {
  const folder = await mkdtemp(join(tmpdir(), "conformance-"));
  /** @type {Map<string, Answer[]>} */
  const lives = new Map(programs.map((program) => [program.name, []]));
  let log = "";
  try {
    const count = Math.max(...programs.map((program) => program.lives.length));
    for (let life = 0; life < count; life++) {
      const living = programs.filter((program) => life < program.lives.length);
      const host = await startHost(living, folder);
      await runLife(host, living, life, (program, answer) => lives.get(program.name)?.push(answer));
      await host.stop();
      log += host.log();
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
  const answers = [...lives].map(([name, parts]) => /** @type {const} */ ([name, joinLives(parts)]));
  return { answers: new Map(answers), log };
}

/**
 * @param {Host} host
 * @param {Program[]} programs
 * @param {number} life
 * @param {(program: Program, answer: Answer) => void} record
 */
async function runLife(host, programs, life, record) {
  const run = async (/** @type {Program} */ program) => {
    const port = host.ports.get(program.name);
    if (port === undefined) record(program, { text: "the program did not start\n", failed: true });
    else record(program, await performSteps(program.lives[life], port));
  };
  const slow = programs.filter((program) => program.tags.has("slow")).map(run);
  const queue = programs.filter((program) => !program.tags.has("slow") && !program.tags.has("alone"));
  const worker = async () => {
    for (let program = queue.shift(); program; program = queue.shift()) await run(program);
  };
  await Promise.all(Array.from({ length: CONCURRENCY }, worker));
  for (const program of programs.filter((program) => program.tags.has("alone"))) await run(program);
  await Promise.all(slow);
}

/**
 * @param {Answer[]} parts
 * @returns {Answer}
 */
function joinLives(parts) {
  return { text: parts.map((part) => part.text).join("\n-- restart --\n\n"), failed: parts.some((part) => part.failed) };
}
