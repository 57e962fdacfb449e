import { join, resolve } from "node:path";
import type { Arguments } from "./arguments.js";
import { banner } from "./banner.js";
import { type Bundle, bundleAll } from "./bundle/bundle.js";
import { bundleDirectory, loadBundles } from "./bundle/load.js";
import { CodeThreads } from "./code-threads.js";
import type { WorkerConfig } from "./config/worker.js";
import { readWorkerConfigs } from "./config/workers.js";
import { fail, stopOnSignal } from "./ending.js";
import { Session } from "./session.js";
import { Terminal } from "./terminal.js";

/** How long requests in flight may take after the first SIGTERM or SIGINT. */
const DRAIN_MS = 25_000;

/** `steadfast serve`: builds once and answers until it is told to stop. */
export async function serve(given: Arguments): Promise<void> {
  const terminal = new Terminal();
  const threads = new CodeThreads(given);
  const configs = await readWorkerConfigs(given);
  for (const { warnings } of configs) for (const warning of warnings) terminal.warn(warning);

  const data = dataDirectory(given, configs[0]);
  // The build first: it runs in a process of its own while the data are opened here.
  const [, session] = await Promise.all([
    buildAndLoad(terminal, threads, configs, given.historyMs),
    Session.start({
      arguments: given,
      data,
      onAccess: given.logRequests ? (access) => terminal.access(access) : undefined,
      onReplace: (message) => terminal.warn(message),
      onFailure: (message) => fail(terminal, message),
    }),
  ]);
  stopOnSignal(terminal, () => session.stop(DRAIN_MS));
  await session.run(threads);
  terminal.print(banner(terminal, configs, { url: session.url, data }));
}

async function buildAndLoad(
  terminal: Terminal,
  threads: CodeThreads,
  configs: readonly WorkerConfig[],
  historyMs: number | undefined,
): Promise<void> {
  const bundles = await bundleAll(configs, {
    mode: "production",
    color: terminal.color,
    outputDirectory: bundleDirectory(),
  });
  for (const { warnings } of bundles) for (const warning of warnings) terminal.warn(warning);
  const built = configs.map((config, index) => ({ config, bundle: bundles[index] as Bundle }));
  const settings = { historyMs, scheduled: "by the clock" } as const;
  await threads.load((thread) => loadBundles(thread, built, settings));
}

/** Where the data of a project are, unless `--persist-to` says otherwise. */
export function dataDirectory(given: Arguments, config: WorkerConfig): string {
  return given.persistTo === undefined
    ? join(config.directory, ".steadfast")
    : resolve(given.persistTo);
}
