/** Objects of the platform whose state V8 cannot see: stored, they would come back empty. */
import { isRequest } from "../web/request.js";
import { dataCloneError } from "./host-objects.js";

/** Throws if the object cannot be stored, in the words of workerd. */
export function refuseUnstorable(value: object): void {
  if (isRequest(value) && value.body !== null) throw dataCloneError(STREAM);
  const name: unknown = (value as { [Symbol.toStringTag]?: unknown })[Symbol.toStringTag];
  if (typeof name !== "string") return;
  if (STREAM_CLASSES.has(name)) throw dataCloneError(STREAM);
  if (name === "DurableObject")
    throw dataCloneError("ServiceStub cannot be serialized in this context.");
  if (UNSUPPORTED_CLASSES.has(name)) {
    const text = `Could not serialize object of type "${name}". This type does not support serialization.`;
    throw dataCloneError(text);
  }
}

const STREAM = "ReadableStream can only be serialized for RPC.";
const STREAM_CLASSES: ReadonlySet<string> = new Set(["Response", "ReadableStream"]);
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
  "WritableStream",
]);
