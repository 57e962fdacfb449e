import { execFile } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { promisify } from "node:util";
import { packTarballs } from "../../../scripts/package.mjs";

const execute = promisify(execFile);
const OPTIONS = ["--no-audit", "--no-fund", "--prefer-offline", "--ignore-scripts"];

/** The version of Miniflare that the packages stand in for parts of. */
export const MINIFLARE = "2.14.4";

/** Packs all packages in a directory that is removed after `t`; the tarballs by the names of their packages. */
export async function tarballs(t) {
  const directory = mkdtempSync(join(tmpdir(), "steadfast-tarballs-"));
  t.after(() => rmSync(directory, { recursive: true, force: true }));
  return packTarballs(directory);
}

/**
 * A manifest in which all of Miniflare 2 that asks for `@miniflare/durable-objects` gets ours.
 *
 * Until the packages are on npm, those that ours needs are named too, as they are found nowhere else.
 */
export function overriding({ "@steadfast/miniflare-durable-objects": ours, ...needed }, more = {}) {
  return {
    private: true,
    overrides: { "@miniflare/durable-objects": `file:${ours}` },
    ...more,
    dependencies: { miniflare: MINIFLARE, ...files(needed), ...more.dependencies },
  };
}

/** Dependencies on tarballs. */
export function files(packages) {
  return Object.fromEntries(Object.entries(packages).map(([name, path]) => [name, `file:${path}`]));
}

/** `npm install` of what the manifest in `directory` says. */
export async function install(directory, ...packages) {
  await execute("npm", ["install", ...OPTIONS, ...packages], { cwd: directory });
}

/** What a program prints that runs in `directory`. */
export async function run(directory, ...args) {
  const { stdout } = await execute(process.execPath, args, { cwd: directory });
  return stdout;
}
