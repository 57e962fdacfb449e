import { realpathSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { CodeThread } from "../code-thread.js";
import type { WorkerConfig } from "../config/worker.js";
import type { ThreadWorker } from "../protocol.js";
import { BUNDLE_NAME, type Bundle } from "./bundle.js";

/** A Worker that was built. */
export interface BuiltWorker {
  config: WorkerConfig;
  bundle: Bundle;
}

/** How Workers are run, beside what their configurations say. */
export interface RunSettings {
  /** For how long objects keep what they were; undefined is not at all. */
  historyMs: number | undefined;
  /** What begins `scheduled` handlers: their crons, or requests to a path of the command's own. */
  scheduled: "by the clock" | "by request";
}

/** A directory beside which every bundle is written, so that relative paths from it hold there. */
export function bundleDirectory(): string {
  return join(realpathSync(tmpdir()), "steadfast-bundle");
}

/**
 * Imports the bundles in `thread`.
 *
 * The files exist only for that moment: the thread has read the code and the source maps then.
 */
export async function loadBundles(
  thread: CodeThread,
  built: readonly BuiltWorker[],
  settings: RunSettings,
): Promise<void> {
  const directories: string[] = [];
  try {
    const workers: ThreadWorker[] = [];
    for (const { config, bundle } of built) {
      const directory = await mkdtemp(`${bundleDirectory()}-`);
      directories.push(directory);
      const path = join(directory, BUNDLE_NAME);
      await writeFile(path, bundle.code);
      workers.push({ path, definition: definitionOf(config, settings) });
    }
    await thread.load(workers);
  } finally {
    for (const each of directories) await rm(each, { recursive: true, force: true });
  }
}

function definitionOf(
  config: WorkerConfig,
  { historyMs, scheduled }: RunSettings,
): ThreadWorker["definition"] {
  const history = historyMs === undefined ? {} : { historyMs };
  const unbound = config.unboundClasses.map((each) => ({
    ...each,
    uniqueKey: `${config.name}-${each.className}`,
  }));
  return {
    name: config.name,
    durableObjects: [...config.durableObjects, ...unbound].map((each) => ({ ...each, ...history })),
    services: config.services,
    kvNamespaces: config.kvNamespaces,
    ...(config.assets !== undefined && { assets: config.assets }),
    vars: config.vars,
    crons: scheduled === "by the clock" ? config.crons : [],
    takesTriggers: scheduled === "by request",
    compatibilityFlags: config.compatibilityFlags,
    ...(config.compatibilityDate === undefined
      ? {}
      : { compatibilityDate: config.compatibilityDate }),
  };
}
