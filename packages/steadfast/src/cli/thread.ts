/**
 * A thread that runs the Worker's code. A reload replaces it as a whole.
 *
 * It is started before the bundle exists, so that loading the addon overlaps with the build.
 */
import { pathToFileURL } from "node:url";
import { parentPort } from "node:worker_threads";
import { attach, installGlobals, type WorkerDefinition } from "../attach.js";
import type { Module } from "../services/definition.js";
import { scopeOf } from "../services/scope.js";
import { missingExports } from "./exports.js";
import type { FromThread, InspectAddress, ThreadWorker, ToThread } from "./protocol.js";

process.setSourceMapsEnabled(true);
installGlobals();

let loaded: WorkerDefinition[] | undefined;

async function load(workers: readonly ThreadWorker[]): Promise<void> {
  const definitions: (WorkerDefinition & { module: Module })[] = [];
  for (const { path, definition } of workers) {
    // Code at the top of the module may read variables; namespaces come with the server.
    const scope = scopeOf(definition.name);
    Object.assign(scope.env, definition.vars);
    const module = (await import(pathToFileURL(path).href)) as Module;
    definitions.push({ ...definition, module, scope });
  }
  const missing = missingExports(definitions);
  if (missing.length > 0) throw new MissingExport(missing.join("\n"));
  loaded = definitions;
}

async function start(
  token: string,
  place: number,
  inspect: InspectAddress | undefined,
): Promise<void> {
  if (loaded === undefined) throw new Error("no Worker was loaded");
  if (inspect) {
    const inspector = await import("node:inspector");
    inspector.open(inspect.port, inspect.host);
  }
  await attach(token, loaded, undefined, place);
}

/** The message alone says what to change. */
class MissingExport extends Error {}

function shown(thrown: unknown): string {
  if (thrown instanceof MissingExport) return thrown.message;
  return thrown instanceof Error ? (thrown.stack ?? String(thrown)) : String(thrown);
}

parentPort?.on("message", async (message: ToThread) => {
  let answer: FromThread = { type: "done" };
  try {
    if (message.type === "load") await load(message.workers);
    else await start(message.token, message.place, message.inspect);
  } catch (error) {
    answer = { type: "failed", message: shown(error) };
  }
  parentPort?.postMessage(answer);
});
