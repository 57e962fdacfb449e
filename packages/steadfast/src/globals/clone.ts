/** `structuredClone`, which refuses namespaces, ids, stubs and the objects of `ctx` instead of emptying them. */
import { dataCloneError } from "../objects/host-objects.js";
import { refuseUnstorable } from "../objects/unstorable.js";
import { handlerOf } from "../rpc/reference.js";

/** Replaces `structuredClone` in `scope`. */
export function installStructuredClone(scope: typeof globalThis): void {
  const platform = scope.structuredClone;
  const structuredClone = (value: unknown, options?: Parameters<typeof platform>[1]): unknown => {
    refuseWithin(value, new Set());
    return platform(value, options);
  };
  Object.defineProperty(scope, "structuredClone", {
    value: structuredClone,
    writable: true,
    enumerable: true,
    configurable: true,
  });
}

function refuseWithin(value: unknown, seen: Set<object>): void {
  const stub = handlerOf(value)?.prototype.constructor.name;
  if (stub !== undefined) throw dataCloneError(`#<${stub}> could not be cloned.`);
  if (typeof value !== "object" || value === null || seen.has(value)) return;
  seen.add(value);
  const name: unknown = (value as { [Symbol.toStringTag]?: unknown })[Symbol.toStringTag];
  if (typeof name === "string") {
    if (isOfObjects(name)) refuseUnstorable(value);
    return;
  }
  for (const item of Object.values(value)) refuseWithin(item, seen);
}

/** Whether it is the name of a class of the storage, another of objects, or one of what is sent alone. */
function isOfObjects(name: string): boolean {
  return name.startsWith("DurableObject") || STORAGE_CLASSES.has(name) || RPC_CLASSES.has(name);
}

const RPC_CLASSES: ReadonlySet<string> = new Set([
  "Fetcher",
  "ReadableStream",
  "Response",
  "RpcTarget",
  "WritableStream",
]);

const STORAGE_CLASSES: ReadonlySet<string> = new Set([
  "Cursor",
  "ListIterator",
  "RawIterator",
  "RowIterator",
  "SqlStorage",
  "SyncKvStorage",
]);
