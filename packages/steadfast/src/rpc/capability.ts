/** What crosses between contexts without being copied: a payload refers to it by number. */
import type { ReadableStreamDefaultReader, WritableStreamDefaultWriter } from "node:stream/web";
import type { Activation } from "../lane/activation.js";
import type { Answer, Payload } from "./event.js";
import type { StubTarget, Target } from "./target.js";

/** Something the receiver of a payload gets the use of; whoever decodes the payload owns it. */
export type Capability =
  /** A function, an `RpcTarget`, a stub of either: arrives as an `RpcStub`. The payload counts as a holder. */
  | { readonly kind: "stub"; readonly target: StubTarget }
  /** What runs when the whole result is disposed; the payload counts as a holder. */
  | { readonly kind: "disposer"; readonly target: StubTarget }
  /** A stub of an object or of a service: arrives as a `Fetcher`. */
  | { readonly kind: "fetcher"; readonly target: Target }
  /** A stream of bytes to read, locked where it was. `from` made it. */
  | {
      readonly kind: "readable";
      readonly reader: ReadableStreamDefaultReader<unknown>;
      readonly from: Activation | undefined;
    }
  /** A stream of bytes to write to, locked where it was. */
  | {
      readonly kind: "writable";
      readonly writer: WritableStreamDefaultWriter<unknown>;
      readonly from: Activation | undefined;
    }
  | { readonly kind: "blob"; readonly blob: Blob };

/** Lets go of what nobody will decode. */
export function discard(payload: Payload | undefined): void {
  for (const capability of payload?.capabilities ?? []) {
    switch (capability.kind) {
      case "stub":
      case "disposer":
        capability.target.release();
        break;
      case "readable":
        capability.reader.cancel().catch(() => undefined);
        break;
      case "writable":
        capability.writer.abort(new Error(WRITER_GONE)).catch(() => undefined);
        break;
      default:
        break;
    }
  }
}

/** The same for an answer. */
export function discardAnswer(answer: Answer): void {
  if ("payload" in answer) discard(answer.payload);
}

/** What callers see of a host that is gone. */
export const HOST_GONE = "The execution context which hosts this callback is no longer running.";

/** Why a stream that was sent is aborted when nobody can write to it any more. */
export const WRITER_GONE =
  "WritableStream received over RPC was disconnected because the remote execution context has ended.";
