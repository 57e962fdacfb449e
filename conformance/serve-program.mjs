// The process that serves one program on Steadfast, its Workers in a worker thread as with `steadfast
// serve`. The only argument is the settings, as JSON.
import process from "node:process";
import { pathToFileURL } from "node:url";
import { isMainThread, parentPort, Worker, workerData } from "node:worker_threads";
import { attach, Server } from "steadfast";

if (isMainThread) await serve(JSON.parse(process.argv[2]));
else await run(workerData);

/** @param {{ storage: string }} settings */
async function serve({ storage, ...rest }) {
  const server = await Server.start({ storage, host: "127.0.0.1", port: 0 });
  process.on("disconnect", () => server.stop(0).finally(() => process.exit()));
  const thread = new Worker(new URL(import.meta.url), {
    workerData: { token: server.token, ...rest },
  });
  thread.once("message", (failure) => {
    if (failure === undefined) process.send?.(server.port);
    else fail(failure);
  });
}

/**
 * @typedef {Omit<import("steadfast").WorkerDefinition, "module"> & { file: string }} Settings
 * @param {{ token: string, workers: Settings[] }} settings
 */
async function run({ token, workers }) {
  try {
    const definitions = workers.map(({ file, ...definition }) => ({
      module: () => import(pathToFileURL(file).href),
      ...definition,
    }));
    await attach(token, definitions);
    parentPort?.postMessage(undefined);
  } catch (error) {
    parentPort?.postMessage(error instanceof Error ? error.stack : String(error));
  }
}

/** @param {string} failure */
function fail(failure) {
  console.error(failure);
  process.exit(1);
}
