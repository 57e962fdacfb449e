/**
 * Calls between contexts: objects, services, and whatever a stub leads to.
 *
 * A caller has a {@link Target} and sends it an {@link ObjectEvent}; the target tells an {@link Answer} in a
 * turn of the caller, after what the callee wrote was submitted. Both are data: a {@link Payload} is a value
 * in V8's format, or a copy where that is cheaper, and its {@link Capability capabilities} are what cannot be
 * copied. Who decodes a payload owns its capabilities; who will not decode it has to {@link discard} them.
 *
 * - Sending: `property.ts` is what user code gets for `stub.anything` and for calling it, `fetcher.ts` the stub
 *   of an object or a service, `stub.ts` the stub of a function or an `RpcTarget`. A call on a result that has
 *   not come waits for it in the caller (`property.ts`).
 * - Receiving: {@link perform} finds what a path leads to in a {@link Receiver} (`receiver.ts` says what callers
 *   see), runs it in the context that hosts it, and encodes what comes of it. Whoever delivers an event calls it
 *   with the code's context running: `objects/deliver.ts`, `services/deliver.ts`, `hosted.ts`.
 * - Values: `encoder.ts` and `decoder.ts`; `small.ts` copies what needs neither. `streams.ts` carries bytes.
 * - Lifetimes: a {@link Hosted} value keeps its object in memory while somebody holds it. Stubs hold it, and so
 *   does a payload on its way. The last to let go runs its disposer, in its own context.
 *
 * A new kind of callee implements {@link Target}, and {@link makeFetcher} makes a stub of it. A payload for
 * another thread: {@link bytesOf} and, for each capability, something that stands for it there.
 *
 * Read `test/rpc-visibility.test.mjs` first, then `rpc-values` and `rpc-lifetimes`.
 */
export { type Capability, discard } from "./capability.js";
export type { Answer, CallEvent, ObjectEvent, Payload } from "./event.js";
export { Fetcher, makeFetcher } from "./fetcher.js";
export { Hosted } from "./hosted.js";
export {
  bytesOf,
  decodeArguments,
  decodeResult,
  encodeArguments,
  encodeResult,
  type Side,
} from "./payload.js";
export { type Outcome, type Place, perform } from "./perform.js";
export type { Receiver } from "./receiver.js";
export { ObjectTarget, type StubTarget, type Target } from "./target.js";
