/**
 * The one place that loads the native addon. CommonJS, so that the packages which stand in for CommonJS
 * ones load it too, wherever those can be loaded.
 *
 * A process may come to have several copies of `steadfast` installed. The first that is asked for loads the
 * addon, and the others take that one: two would each have their own view of a data directory.
 */
import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import { getEnvironmentData, setEnvironmentData } from "node:worker_threads";

/** What a copy of this module tells the others, those of threads that begin later too. */
interface Loaded {
  readonly version: string;
  /** The copy of `steadfast` that has loaded it. */
  readonly directory: string;
  /** The file of the addon. */
  readonly path: string;
}

/**
 * Under which copies of this module find each other. Not on `globalThis`: test runners such as Jest give each
 * test file one of its own.
 */
const LOADED = "steadfast.addon";

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
  const loaded = getEnvironmentData(LOADED) as unknown as Loaded | undefined;
  if (loaded === undefined) return loadFirst();
  if (loaded.version === version) return require(loaded.path);
  throw new Error(
    `two versions of steadfast are in one process: version="${loaded.version}" ` +
      `directory="${loaded.directory}" and version="${version}" directory="${directory}": ` +
      "install one version of all packages of steadfast",
  );
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

function loadFirst(): unknown {
  const path = addonPath();
  let addon: unknown;
  try {
    addon = require(path);
  } catch (cause) {
    throw new Error(`${nativePart()} cannot be loaded: ${(cause as Error).message}`, { cause });
  }
  const loaded: Loaded = { version, directory, path };
  setEnvironmentData(LOADED, { ...loaded });
  return addon;
}

/** The addon `STEADFAST_ADDON` names, the one built in a checkout, or the platform's package. */
function addonPath(): string {
  const named = process.env.STEADFAST_ADDON;
  if (named !== undefined && named !== "") return resolve(named);
  const local = join(directory, "steadfast.node");
  if (existsSync(local)) return local;
  const platform = `@steadfast/${process.platform}-${process.arch}`;
  try {
    return require.resolve(platform);
  } catch (cause) {
    const install = `run "npm install ${platform}@${version}"`;
    throw new Error(
      `${nativePart()} is missing: ${install}, or in a checkout of the repository "npm start"`,
      { cause },
    );
  }
}

function nativePart(): string {
  return `the native part of steadfast for ${process.platform}-${process.arch}`;
}
