/**
 * What is sent to an object and what comes back, as data: nothing here knows which thread it is for.
 * Bytes and small values stand for themselves; whatever cannot be copied is a {@link Capability}.
 */
import type { Activation } from "../lane/activation.js";
import type { SentRequest } from "../lane/carry.js";
import type { Response } from "../web/response.js";
import type { Capability } from "./capability.js";

/** What an object is asked to do. */
export type ObjectEvent = FetchEvent | CallEvent;

export interface FetchEvent {
  readonly type: "fetch";
  readonly request: SentRequest;
}

/** A method to call or, without arguments, a property to read. */
export interface CallEvent {
  readonly type: "call";
  /** The names that lead to it from the receiver; none is the receiver itself. */
  readonly path: readonly string[];
  readonly args: Payload | undefined;
  /** Whether a function is called as a member of the result it came in, before that is there. */
  readonly asMember?: boolean;
}

/** A value that crosses between contexts. */
export interface Payload {
  /** The value in V8's format; `undefined` when it is small enough to be {@link plain}. */
  readonly bytes: Uint8Array | undefined;
  /** A copy that belongs to the receiver: primitives, and plain objects and arrays of them. */
  readonly plain: unknown;
  /** What `bytes` refers to by number; whoever decodes the payload owns them. */
  readonly capabilities: readonly Capability[];
}

/** How an event was answered. */
export type Answer =
  /** `from` is where it comes from, `undefined` for the entry. */
  | { readonly response: Response; readonly url: string; readonly from: Activation | undefined }
  /** The object that answers, for callers to be told whose errors they see. */
  | { readonly payload: Payload; readonly durableObjectId: string | undefined }
  | { readonly error: unknown };
