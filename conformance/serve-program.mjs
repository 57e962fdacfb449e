// The process that serves one program on Steadfast, its Workers in a worker thread as with `steadfast
// serve`. The only argument is the settings, as JSON.
import process from "node:process";
import { pathToFileURL } from "node:url";
import { isMainThread, parentPort, Worker, workerData } from "node:worker_threads";
import { attach, Server } from "steadfast";

/** How many threads share the objects; programs whose modules keep state need one. */
const LANES = Number(process.env.STEADFAST_LANES ?? 1);

if (isMainThread) await serve(JSON.parse(process.argv[2]));
else await run(workerData);

/** @param {{ storage: string }} settings */
async function serve({ storage, ...rest }) {
  const server = await Server.start({ storage, host: "127.0.0.1", port: 0, lanes: LANES });
  process.on("disconnect", () => server.stop(0).finally(() => process.exit()));
  let attached = 0;
  for (let place = 0; place < LANES; place += 1) {
    const thread = new Worker(new URL(import.meta.url), {
      workerData: { token: server.token, place, ...rest },
    });
    thread.once("message", (failure) => {
      attached += 1;
      if (failure !== undefined) fail(failure);
      else if (attached === LANES) process.send?.(server.port);
    });
  }
}

/**
 * @typedef {Omit<import("steadfast").WorkerDefinition, "module"> & { file: string }} Settings
 * @param {{ token: string, place: number, workers: Settings[] }} settings
 */
async function run({ token, place, workers }) {
  try {
    const definitions = workers.map(({ file, ...definition }) => ({
      module: () => import(pathToFileURL(file).href),
      ...definition,
    }));
    await attach(token, definitions, undefined, place);
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
