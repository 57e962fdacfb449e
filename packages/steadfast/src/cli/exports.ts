/** Whether Workers export what the bindings of each other name. */
import type { DurableObjectBinding, Module, WorkerDefinition } from "../services/definition.js";
import { isEntrypoint } from "../services/entrypoint.js";

type LoadedWorker = WorkerDefinition & { module: Module };

/** A line for each binding whose Worker runs here and does not have what it names. */
export function missingExports(workers: readonly LoadedWorker[]): string[] {
  const find = (name: string): LoadedWorker | undefined =>
    workers.find((each) => each.name === name);
  return workers.flatMap((worker) => [
    ...worker.durableObjects.flatMap((binding) => {
      const owner = binding.scriptName === undefined ? worker : find(binding.scriptName);
      return owner === undefined ? [] : missingClass(binding, owner);
    }),
    ...(worker.services ?? []).flatMap(({ binding, service, entrypoint }) => {
      const owner = typeof service === "string" ? find(service) : undefined;
      if (owner === undefined || entrypoint === undefined) return [];
      return missingEntrypoint(binding, entrypoint, owner);
    }),
  ]);
}

function missingClass(
  { binding, className, scriptName }: DurableObjectBinding,
  { module }: LoadedWorker,
): string[] {
  if (binding === undefined || typeof module[className] === "function") return [];
  const what =
    className in module
      ? `the export "${className}" is not a class`
      : `the Worker does not export the class "${className}"`;
  const script = scriptName === undefined ? "" : ` script_name="${scriptName}"`;
  const exports = Object.keys(module).join(", ");
  return [`${what}: binding="${binding}" class_name="${className}"${script} exports="${exports}"`];
}

function missingEntrypoint(binding: string, entrypoint: string, owner: LoadedWorker): string[] {
  if (isEntrypoint(entrypoint, owner.module[entrypoint])) return [];
  const what =
    entrypoint in owner.module
      ? `the export "${entrypoint}" is no entry point`
      : `the Worker does not export the entry point "${entrypoint}"`;
  const exports = Object.keys(owner.module).join(", ");
  return [
    `${what}: binding="${binding}" service="${owner.name}" entrypoint="${entrypoint}" exports="${exports}"`,
  ];
}
