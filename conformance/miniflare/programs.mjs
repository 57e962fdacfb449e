// The programs: every `programs/<area>.mjs` exports them by name.
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

const FOLDER = join(import.meta.dirname, "programs");

/**
 * All programs, named `<area>/<name>`, in the order they are written.
 * @returns {Promise<Map<string, (t: import("./tools.mjs").Tools) => Promise<void>>>}
 */
export async function readPrograms() {
  const programs = new Map();
  for (const file of (await readdir(FOLDER)).sort()) {
    const area = file.replace(/\.mjs$/, "");
    const module = await import(pathToFileURL(join(FOLDER, file)).href);
    for (const [name, program] of Object.entries(module.default)) {
      programs.set(`${area}/${name}`, program);
    }
  }
  return programs;
}
