// The conformance runner: see README.md for its modes.
import { mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { firstDifference } from "./difference.mjs";
import { readExceptions } from "./exceptions.mjs";
import { runPrograms } from "./host.mjs";
import { readPrograms } from "./program.mjs";

/** @typedef {import("./program.mjs").Program} Program */
/** @typedef {import("./host.mjs").Run} Run */

const FOLDER = import.meta.dirname;
const GOLDEN = join(FOLDER, "golden");

/** Programs that may differ, of all: one in twenty. */
const DIFFERENCES_PER_CENT_MAX = 5;

/** A full run below this many programs proves too little. */
const PROGRAMS_MIN = 200;

const { values: options, positionals: names } = parseArgs({
  allowPositionals: true,
  options: {
    update: { type: "boolean", default: false },
    live: { type: "boolean", default: false },
    accept: { type: "boolean", default: false },
    teeth: { type: "boolean", default: false },
    verbose: { type: "boolean", default: false },
    help: { type: "boolean", default: false },
  },
});

const HELP = `npm run conformance -- [options] [program …]

Runs the programs on Steadfast and compares each output with golden/<program>.txt, which is workerd's.
A program is named by its file name or the beginning of it, such as 5 or 3-abort.

  --update   run them on workerd and write the golden files
  --live     run them on workerd too, and compare with what it answers now
  --accept   write our output of the programs that COMPAT.md lists as different
  --teeth    run them on deliberately broken builds; each must fail at least one program
  --verbose  print what the host printed
`;

process.exitCode = await main();

async function main() {
  if (options.help) {
    process.stdout.write(HELP);
    return 0;
  }
  const all = await readPrograms(join(FOLDER, "programs"));
  const programs = all.filter(
    ({ name }) => names.length === 0 || names.some((prefix) => name.startsWith(prefix)),
  );
  if (programs.length === 0) throw new Error(`no program is named ${names.join(" or ")}`);
  const partial = programs.length < all.length;
  if (options.update) return updateGolden(programs, partial);
  if (options.teeth) return (await import("./teeth.mjs")).checkTeeth(programs, GOLDEN);
  const expected = options.live ? await livePeer(programs) : await readGolden(programs);
  return compare(programs, expected, partial);
}

/** @param {Program[]} programs */
async function runPeer(programs) {
  const { startWorkerd } = await import("./workerd.mjs");
  const run = await runPrograms(startWorkerd, programs);
  if (options.verbose) process.stderr.write(run.log);
  return run;
}

/**
 * @param {Program[]} programs
 * @param {boolean} partial
 */
async function updateGolden(programs, partial) {
  const run = await runPeer(programs);
  await mkdir(GOLDEN, { recursive: true });
  let errors = 0;
  for (const program of programs) {
    const answer = answerOf(run, program);
    if (answer.failed !== program.tags.has("error")) {
      errors++;
      console.log(
        `${program.name}: workerd's output is ${answer.failed ? "" : "not "}an error, the tag says otherwise`,
      );
    }
    await writeFile(join(GOLDEN, `${program.name}.txt`), answer.text);
  }
  if (!partial) await removeStaleGolden(programs);
  console.log(`${programs.length} golden files written`);
  return errors === 0 ? 0 : 1;
}

/** @param {Program[]} programs */
async function removeStaleGolden(programs) {
  const kept = new Set(programs.flatMap(({ name }) => [`${name}.txt`, `${name}.steadfast.txt`]));
  for (const file of await readdir(GOLDEN)) {
    if (!kept.has(file)) await rm(join(GOLDEN, file));
  }
}

/**
 * @param {Program[]} programs
 * @returns {Promise<Map<string, string>>}
 */
async function readGolden(programs) {
  const read = async (/** @type {Program} */ { name }) =>
    /** @type {const} */ ([name, await readFile(join(GOLDEN, `${name}.txt`), "utf8")]);
  return new Map(await Promise.all(programs.map(read)));
}

/**
 * What workerd answers now; says which golden files are out of date.
 * @param {Program[]} programs
 * @returns {Promise<Map<string, string>>}
 */
async function livePeer(programs) {
  const run = await runPeer(programs);
  const golden = await readGolden(programs);
  for (const program of programs) {
    if (golden.get(program.name) !== answerOf(run, program).text) {
      console.log(`${program.name}: workerd no longer answers as its golden file says`);
    }
  }
  return new Map([...run.answers].map(([name, answer]) => [name, answer.text]));
}

/**
 * @param {Program[]} programs
 * @param {Map<string, string>} expected
 * @param {boolean} partial
 */
async function compare(programs, expected, partial) {
  const { startSteadfast } = await import("./steadfast.mjs");
  const exceptions = await readExceptions(join(FOLDER, "..", "COMPAT.md"));
  const run = await runPrograms(startSteadfast, programs);
  if (options.verbose) process.stderr.write(run.log);
  let [passed, failed, differ] = [0, 0, 0];
  for (const program of programs) {
    const actual = answerOf(run, program).text;
    const listed = exceptions.has(program.name);
    const problem = await judge(program, actual, String(expected.get(program.name)), listed);
    if (problem) {
      failed++;
      console.log(`${program.name} FAILED: ${problem}\n`);
    } else if (listed) differ++;
    else passed++;
  }
  const names = new Set(programs.map(({ name }) => name));
  const unknown = partial ? [] : [...exceptions.keys()].filter((name) => !names.has(name));
  for (const name of unknown) console.log(`COMPAT.md lists ${name}, which is no program`);
  const tooMany = !partial && differ * 100 > programs.length * DIFFERENCES_PER_CENT_MAX;
  if (tooMany) console.log(`more than ${DIFFERENCES_PER_CENT_MAX} % of the programs differ`);
  const tooFew = !partial && programs.length < PROGRAMS_MIN;
  if (tooFew) console.log(`fewer than ${PROGRAMS_MIN} programs`);
  console.log(`${passed} passed, ${failed} failed, ${differ} differ`);
  return failed > 0 || unknown.length > 0 || tooMany || tooFew ? 1 : 0;
}

/**
 * What is wrong with our output, if anything.
 * @param {Program} program
 * @param {string} actual
 * @param {string} expected
 * @param {boolean} listed Whether COMPAT.md lists the program as different.
 */
async function judge(program, actual, expected, listed) {
  if (!listed) return actual === expected ? undefined : firstDifference(expected, actual);
  if (actual === expected) return "COMPAT.md lists it as different, but it no longer is";
  const file = join(GOLDEN, `${program.name}.steadfast.txt`);
  if (options.accept) await writeFile(file, actual);
  const accepted = await readFile(file, "utf8");
  return actual === accepted
    ? undefined
    : `it differs otherwise than accepted\n${firstDifference(accepted, actual)}`;
}

/**
 * @param {Run} run
 * @param {Program} program
 */
function answerOf(run, program) {
  const answer = run.answers.get(program.name);
  if (!answer) throw new Error(`no output of ${program.name}`);
  return answer;
}
