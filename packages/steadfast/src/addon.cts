/**
 * The one place that loads the native addon. CommonJS, so that the packages which stand in for CommonJS
 * ones load it too, wherever those can be loaded.
 *
 * A process may come to have several copies of `steadfast` installed. The first that is asked for loads the
 * addon, and the others share it: two would each have their own view of a data directory.
 */
import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import v8 from "node:v8";

interface Loaded {
  readonly version: string;
  /** The copy of `steadfast` that has loaded it. */
  readonly directory: string;
  readonly addon: unknown;
}

const LOADED = Symbol.for("steadfast.addon");

/**
 * Where copies of this module find each other: on a module of Node, because test runners such as Jest give
 * each test file a `globalThis` and a `process` of its own, but everybody the same modules of Node.
 */
const meeting = v8 as { [LOADED]?: Loaded };

const directory = join(__dirname, "..");

/** The version of `steadfast`. */
export const { version } = require("../package.json") as { version: string };

/**
 * The addon's functions.
 *
 * Throws an error that says what to do when it is missing, cannot be loaded, or was loaded by another
 * version of `steadfast`.
 */
export function loadAddon(): unknown {
  const loaded = meeting[LOADED];
  if (loaded !== undefined) {
    if (loaded.version === version) return loaded.addon;
    throw new Error(
      `two versions of steadfast are in one process: version="${loaded.version}" ` +
        `directory="${loaded.directory}" and version="${version}" directory="${directory}": ` +
        "install one version of all packages of steadfast",
    );
  }
  const addon = load();
  Object.defineProperty(meeting, LOADED, { value: { version, directory, addon } });
  return addon;
}

/**
 * Makes sure that a package of Steadfast runs beside the version of `steadfast` it was made for.
 *
 * Throws an error that names both versions when it does not.
 */
export function requireVersion(packageName: string, packageVersion: string): void {
  if (packageVersion === version) return;
  throw new Error(
    `${packageName} ${packageVersion} needs steadfast ${packageVersion}, but steadfast ${version} is ` +
      `installed (${directory}): run "npm install steadfast@${packageVersion}"`,
  );
}

/** Loads the addon `STEADFAST_ADDON` names, the one built in a checkout, or the platform's package. */
function load(): unknown {
  const named = process.env.STEADFAST_ADDON;
  if (named !== undefined && named !== "") return require(resolve(named));
  const local = join(directory, "steadfast.node");
  if (existsSync(local)) return require(local);
  const platform = `@steadfast/${process.platform}-${process.arch}`;
  try {
    return require(platform);
  } catch (cause) {
    throw new Error(loadFailure(platform, cause as NodeJS.ErrnoException), { cause });
  }
}

/** Says what to do: the package is missing, or this system cannot load what it holds. */
function loadFailure(platform: string, { code, message }: NodeJS.ErrnoException): string {
  const native = `the native part of steadfast for ${process.platform}-${process.arch}`;
  if (code !== "MODULE_NOT_FOUND") return `${native} cannot be loaded: ${message}`;
  const install = `run "npm install ${platform}@${version}"`;
  return `${native} is missing: ${install}, or in a checkout of the repository "npm start"`;
}
