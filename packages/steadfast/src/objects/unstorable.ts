/** Objects of the platform whose state V8 cannot see: stored, they would come back empty. */
import { handlerOf, targetOf } from "../rpc/reference.js";
import { isRequest } from "../web/request.js";
import { dataCloneError } from "./host-objects.js";

/** Throws if the function is a stub, or what a stub gives; V8 refuses every other. */
export function refuseStub(value: object): void {
  const name = handlerOf(value)?.prototype.constructor.name;
  if (name === "RpcStub") throw dataCloneError("RpcStub cannot be serialized in this context.");
  if (name !== undefined) throw dataCloneError(unsupported(name));
}

/** Throws if the object cannot be stored, in the words of workerd. */
export function refuseUnstorable(value: object): void {
  if (isRequest(value) && value.body !== null) throw dataCloneError(STREAM);
  const name: unknown = (value as { [Symbol.toStringTag]?: unknown })[Symbol.toStringTag];
  if (typeof name !== "string") return;
  const text = targetOf(value)?.unsendable ?? FOR_RPC_ALONE[name];
  if (text !== undefined) throw dataCloneError(text);
  if (UNSUPPORTED_CLASSES.has(name)) {
    throw dataCloneError(unsupported(name));
  }
}

function unsupported(name: string): string {
  return `Could not serialize object of type "${name}". This type does not support serialization.`;
}

const STREAM = "ReadableStream can only be serialized for RPC.";
const SERVICE_STUB = "ServiceStub cannot be serialized in this context.";

/** What can be sent but not stored, by the name of its class. */
const FOR_RPC_ALONE: Readonly<Record<string, string | undefined>> = {
  DurableObject: SERVICE_STUB,
  Fetcher: SERVICE_STUB,
  ReadableStream: STREAM,
  Response: STREAM,
  RpcTarget: "Remote RPC references can only be serialized for RPC.",
  WritableStream: "WritableStream can only be serialized for RPC.",
};
const UNSUPPORTED_CLASSES: ReadonlySet<string> = new Set([
  "AbortController",
  "AbortSignal",
  "Blob",
  "CompressionStream",
  "Crypto",
  "CryptoKey",
  "Cursor",
  "CustomEvent",
  "DecompressionStream",
  "DurableObjectId",
  "DurableObjectNamespace",
  "DurableObjectState",
  "DurableObjectStorage",
  "DurableObjectTransaction",
  "Event",
  "EventTarget",
  "ExecutionContext",
  "File",
  "FormData",
  "ListIterator",
  "MessageEvent",
  "MessagePort",
  "RawIterator",
  "RowIterator",
  "SqlStorage",
  "SubtleCrypto",
  "SyncKvStorage",
  "TextDecoder",
  "TextEncoder",
  "TransformStream",
  "URL",
  "URLSearchParams",
  "WebSocket",
]);
