import { realpathSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { CodeThread } from "../code-thread.js";
import type { WorkerConfig } from "../config/worker.js";
import { BUNDLE_NAME, type Bundle } from "./bundle.js";

/** A directory beside which every bundle is written, so that relative paths from it hold there. */
export function bundleDirectory(): string {
  return join(realpathSync(tmpdir()), "steadfast-bundle");
}

/**
 * Imports a bundle in `thread`. Its objects keep what they were for `historyMs`, if that is given.
 *
 * The file exists only for that moment: the thread has read the code and the source map then.
 */
export async function loadBundle(
  thread: CodeThread,
  config: WorkerConfig,
  bundle: Bundle,
  historyMs: number | undefined,
): Promise<void> {
  const directory = await mkdtemp(`${bundleDirectory()}-`);
  try {
    const path = join(directory, BUNDLE_NAME);
    await writeFile(path, bundle.code);
    await thread.load(path, {
      name: config.name,
      durableObjects: config.durableObjects.map((object) => ({
        ...object,
        ...(historyMs !== undefined && { historyMs }),
      })),
      kvNamespaces: config.kvNamespaces,
      ...(config.assets !== undefined && { assets: config.assets }),
      vars: config.vars,
      compatibilityFlags: config.compatibilityFlags,
      ...(config.compatibilityDate === undefined
        ? {}
        : { compatibilityDate: config.compatibilityDate }),
    });
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}
