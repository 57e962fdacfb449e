// The programs that COMPAT.md lists as different, each with its reason.
import { readFile } from "node:fs/promises";

const HEADING = "## Programs whose output differs";

/**
 * Reads the rows `| \`program\` | reason |` under the heading.
 * @param {string} file
 * @returns {Promise<Map<string, string>>}
 */
export async function readExceptions(file) {
  const text = await readFile(file, "utf8");
  const start = text.indexOf(HEADING);
  if (start === -1) throw new Error(`${file} has no heading ${JSON.stringify(HEADING)}`);
  const section = text.slice(start + HEADING.length).split(/^## /m, 1)[0];
  /** @type {Map<string, string>} */
  const exceptions = new Map();
  for (const [, name, reason] of section.matchAll(/^\| `([\w-]+)` \| (.*\S) \|$/gm))
    exceptions.set(name, reason);
  return exceptions;
}
