/** The gates of Miniflare's objects, around the storage. */
import { OutputGate, runWithInputGateClosed, waitUntilOnOutputGate } from "@miniflare/shared";
import type { Gates } from "steadfast/backed";

/**
 * Nothing enters the object while its storage works, and nothing leaves it before a write is done; in code
 * that runs in no object nothing happens. Each run of a transaction has an output gate of its own, which
 * waits for the writes that the closure has not awaited.
 */
export const miniflareGates: Gates = {
  read: (work, options) => runWithInputGateClosed(work, options?.allowConcurrency),
  write: (work, options) =>
    waitUntilOnOutputGate(
      runWithInputGateClosed(work, options?.allowConcurrency),
      options?.allowUnconfirmed,
    ),
  run: (closure) => new OutputGate().runWith(closure),
};
