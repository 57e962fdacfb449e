import { cpSync, existsSync, mkdirSync, readFileSync, symlinkSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { write } from "./project.mjs";

const packages = fileURLToPath(new URL("../..", import.meta.url));
const modules = join(dirname(packages), "node_modules");
const addon = process.env.STEADFAST_ADDON ?? join(packages, "steadfast", "steadfast.node");

/** The version all packages have. */
export const { version } = manifestOf("steadfast");

/** Puts a copy of one of our packages into the `node_modules` of `directory`, as if of the version given. */
export function installCopy(directory, name, as = version) {
  const from = join(packages, basename(name));
  const to = join(directory, "node_modules", name);
  cpSync(join(from, "dist"), join(to, "dist"), { recursive: true });
  write(to, "package.json", { ...manifestOf(basename(name)), version: as });
  // A file of its own, which the process would load a second time.
  if (name === "steadfast") cpSync(addon, join(to, "steadfast.node"));
}

/** Makes what one of our packages depends on available in `directory`. */
export function linkDependencies(directory, name) {
  const own = join(packages, basename(name), "node_modules");
  for (const dependency of Object.keys(manifestOf(basename(name)).dependencies)) {
    const link = join(directory, "node_modules", dependency);
    if (existsSync(link)) continue;
    const target = [own, modules].map((at) => join(at, dependency)).find(existsSync);
    mkdirSync(dirname(link), { recursive: true });
    symlinkSync(target, link, "junction");
  }
}

/** Prints which files of the addon the process has loaded, as JSON. */
export const PRINT_ADDONS = `
  const { sharedObjects } = process.report.getReport();
  console.log(JSON.stringify(sharedObjects.filter((path) => path.endsWith("steadfast.node"))));`;

function manifestOf(name) {
  return JSON.parse(readFileSync(join(packages, name, "package.json"), "utf8"));
}
