// Runs the code of texts as it stands there.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import process from "node:process";
import { promisify } from "node:util";

const execute = promisify(execFile);

/** The blocks of code of a text that are in `language`, in their order. */
export function blocksOf(url, language) {
  const blocks = readFileSync(url, "utf8").matchAll(/^```(\w+)\n(.*?)^```$/gms);
  return [...blocks].filter(([, of]) => of === language).map(([, , code]) => code);
}

/** The only block of a text in which `words` stand. */
export function blockWith(url, language, words) {
  const found = blocksOf(url, language).filter((code) => code.includes(words));
  assert.equal(found.length, 1, `one block in ${language} has ${words}`);
  return found[0];
}

/** What a module prints; `imports` is a module that Node loads before it. */
export async function runModule(code, { cwd, imports }) {
  const before = imports === undefined ? [] : ["--import", imports];
  const args = [...before, "--input-type=module", "--eval", code];
  const { stdout } = await execute(process.execPath, args, { cwd });
  return stdout;
}
