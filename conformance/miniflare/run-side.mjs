// Runs programs on one package in a child process, and starts another one behind a program that hangs.
import { spawn } from "node:child_process";
import { join } from "node:path";
import process from "node:process";
import { createInterface } from "node:readline";

const SIDE = join(import.meta.dirname, "side.mjs");

/** A program that writes nothing for so long hangs. */
const PROGRAM_TIME_LIMIT_MS = 30_000;

/** What loading the package may take. */
const START_TIME_LIMIT_MS = 120_000;

/** The last line of a program that did not come to its end. */
export const BROKEN = /^the program (hangs|ends the process|rejects)/;

/**
 * The transcript of each program; a program that hangs or ends the process has that as its last line.
 * @param {string} specifier
 * @param {string[]} names
 * @returns {Promise<Map<string, string[]>>}
 */
export async function runSide(specifier, names, limit = PROGRAM_TIME_LIMIT_MS) {
  const transcripts = new Map();
  let left = names;
  while (left.length > 0) {
    const { reason, name } = await runChild(specifier, left, transcripts, limit);
    if (name) transcripts.set(name, [`the program ${reason}: time_limit_ms=${limit}`]);
    else if (reason) throw new Error(`the programs cannot run: package=${specifier} ${reason}`);
    left = left.filter((each) => !transcripts.has(each));
  }
  return transcripts;
}

function runChild(specifier, names, transcripts, limit) {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [SIDE, specifier, ...names], {
      stdio: ["pipe", "pipe", "inherit"],
    });
    let name;
    let hangs = false;
    const stop = () => {
      hangs = true;
      child.kill("SIGKILL");
    };
    let timer = setTimeout(stop, START_TIME_LIMIT_MS);
    createInterface({ input: child.stdout }).on("line", (line) => {
      clearTimeout(timer);
      timer = setTimeout(stop, limit);
      const message = JSON.parse(line);
      name = message.begins;
      if (message.lines) transcripts.set(message.name, message.lines);
    });
    child.once("error", reject);
    child.once("close", (code) => {
      clearTimeout(timer);
      if (hangs) resolve({ name, reason: "hangs" });
      else
        resolve(code === 0 && !name ? {} : { name, reason: `ends the process, exit_code=${code}` });
    });
  });
}
