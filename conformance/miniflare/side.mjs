// A child process: runs the programs on one package and prints a transcript per line.
//   node side.mjs <package> [name …]
import { createRequire } from "node:module";
import process from "node:process";
import { readPrograms } from "./programs.mjs";
import { showError } from "./show.mjs";
import { Tools } from "./tools.mjs";

const require = createRequire(import.meta.url);
const [specifier, ...names] = process.argv.slice(2);
const mf = require(specifier);

/** @type {Tools | undefined} */
let running;
process.on("unhandledRejection", (error) => running?.write(`unhandled ${showError(error)}`));
process.on("uncaughtException", (error) => running?.write(`uncaught ${showError(error)}`));

// Lives as long as its parent, also when a program waits for nothing that can come: that one hangs.
process.stdin.once("close", () => process.exit(1)).resume();

const programs = await readPrograms();
for (const name of names) {
  const t = new Tools(mf, require.resolve(specifier));
  running = t;
  process.stdout.write(`${JSON.stringify({ begins: name })}\n`);
  try {
    await programs.get(name)(t);
  } catch (error) {
    t.write(`the program rejects ${showError(error)}`);
  }
  await t.finish();
  process.stdout.write(`${JSON.stringify({ name, lines: t.lines })}\n`);
}
process.stdout.write("", () => process.exit());
