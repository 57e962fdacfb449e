// Runs programs on a host, life after life of its process, and collects their transcripts.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { performSteps } from "./steps.mjs";

/** @typedef {import("./program.mjs").Program} Program */
/** @typedef {import("./transcript.mjs").Answer} Answer */

/**
 * A host that has been started for some programs.
 * @typedef {object} Host
 * @property {(program: Program) => Promise<Opened>} open Serves a program.
 * @property {() => Promise<void>} stop Ends all its processes.
 *
 * A program that is being served.
 * @typedef {object} Opened
 * @property {number} port
 * @property {() => Promise<void>} close
 *
 * Starts a host with its data in `folder`; a second start there continues with that data.
 * @typedef {(programs: Program[], folder: string, log: (text: string) => void) => Promise<Host>} StartHost
 *
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
      const host = await startHost(living, folder, (text) => {
        log += text;
      });
      await runLife(living, async (program) => {
        lives.get(program.name)?.push(await runProgram(host, program, life));
      });
      await host.stop();
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
  const answers = [...lives].map(
    ([name, parts]) => /** @type {const} */ ([name, joinLives(parts)]),
  );
  return { answers: new Map(answers), log };
}

/**
 * @param {Host} host
 * @param {Program} program
 * @param {number} life
 * @returns {Promise<Answer>}
 */
async function runProgram(host, program, life) {
  let opened;
  try {
    opened = await host.open(program);
  } catch (error) {
    return { text: `the program did not start: ${error}\n`, failed: true };
  }
  const answer = await performSteps(program.lives[life], opened.port);
  await opened.close();
  return answer;
}

/**
 * @param {Program[]} programs
 * @param {(program: Program) => Promise<void>} run
 */
async function runLife(programs, run) {
  const slow = programs.filter((program) => program.tags.has("slow")).map(run);
  const queue = programs.filter((program) => !program.tags.has("slow"));
  const worker = async () => {
    for (let program = queue.shift(); program; program = queue.shift()) await run(program);
  };
  await Promise.all([...slow, ...Array.from({ length: CONCURRENCY }, worker)]);
}

/**
 * @param {Answer[]} parts
 * @returns {Answer}
 */
function joinLives(parts) {
  return {
    text: parts.map((part) => part.text).join("\n-- restart --\n\n"),
    failed: parts.some((part) => part.failed),
  };
}
