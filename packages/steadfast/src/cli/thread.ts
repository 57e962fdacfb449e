/**
 * The thread that runs the Worker's code. A reload replaces it as a whole.
 *
 * It is started before the bundle exists, so that loading the addon overlaps with the build.
 */
import { pathToFileURL } from "node:url";
import { parentPort } from "node:worker_threads";
import { attach, installGlobals, type WorkerDefinition } from "../attach.js";
import { scopeOf } from "../services/scope.js";
import type { FromThread, InspectAddress, ToThread } from "./protocol.js";

process.setSourceMapsEnabled(true);
installGlobals();

let loaded: WorkerDefinition | undefined;

async function load(path: string, definition: Omit<WorkerDefinition, "module">): Promise<void> {
  // Code at the top of the module may read variables; namespaces come with the server.
  const scope = scopeOf(definition.name);
  Object.assign(scope.env, definition.vars);
  const module = (await import(pathToFileURL(path).href)) as Record<string, unknown>;
  const missing = definition.durableObjects
    .filter(({ className }) => typeof module[className] !== "function")
    .map(({ binding, className }) => missingClass(binding, className, module));
  if (missing.length > 0) throw new MissingClass(missing.join("\n"));
  loaded = { ...definition, module, scope };
}

async function start(token: string, inspect: InspectAddress | undefined): Promise<void> {
  if (loaded === undefined) throw new Error("the Worker was not loaded");
  if (inspect) {
    const inspector = await import("node:inspector");
    inspector.open(inspect.port, inspect.host);
  }
  await attach(token, loaded);
}

/** The message alone says what to change. */
class MissingClass extends Error {}

function missingClass(
  binding: string | undefined,
  className: string,
  module: Record<string, unknown>,
): string {
  const exports = Object.keys(module).join(", ");
  const what =
    className in module
      ? `the export "${className}" is not a class`
      : `the Worker does not export the class "${className}"`;
  return `${what}: binding="${binding}" class_name="${className}" exports="${exports}"`;
}

function shown(thrown: unknown): string {
  if (thrown instanceof MissingClass) return thrown.message;
  return thrown instanceof Error ? (thrown.stack ?? String(thrown)) : String(thrown);
}

parentPort?.on("message", async (message: ToThread) => {
  let answer: FromThread = { type: "done" };
  try {
    if (message.type === "load") await load(message.path, message.definition);
    else await start(message.token, message.inspect);
  } catch (error) {
    answer = { type: "failed", message: shown(error) };
  }
  parentPort?.postMessage(answer);
});
