/**
 * What lanes write to each other: a line of JSON, and bytes beside it where there are any.
 *
 * A message is one crossing from JavaScript and one to it, so everything that a common call needs is in
 * the line, and only bodies and values that JSON cannot say are bytes.
 */
import { decode, encode } from "../objects/values.js";
import type { PlainBody } from "../web/body.js";

/** A call, as far as it does not depend on what is asked. */
export type Heading = [call: number, depth: number, callee: Callee];

/** An object, with the first call made through the same stub (0 for none), or what was exported. */
export type Callee =
  | [firstCall: number, namespace: number, id: string, name: string | null]
  | [exported: number];

/** What stands for a capability: `0` before a number says that the sender hosts it, `1` the receiver. */
export type CapabilityPart =
  | ["stub" | "disposer" | "fetcher", host: 0 | 1, exported: number]
  | ["object", namespace: number, id: string, name: string | null]
  | ["readable" | "writable", stream: number]
  /** Its bytes are behind those of the value. */
  | ["blob", type: string, size: number];

/** One body: none, its text, `0` for the bytes of the message, or the number of a stream. */
export type BodyPart = null | string | 0 | [stream: number];

/**
 * One value: itself where JSON can say it, `0` for the bytes of the message, `1` for a small one that JSON
 * cannot say and the bytes wrap; or so many of the bytes, and what they refer to.
 */
export type ValuePart =
  | [plain: unknown]
  | 0
  | 1
  | { readonly length: number; readonly capabilities: readonly CapabilityPart[] };

export type Message =
  | [
      "fetch",
      Heading,
      method: string,
      url: string,
      headers: string,
      BodyPart,
      /** `request.cf`, which is plain data. */
      cf: object | null,
    ]
  /** Without a value a property is read. */
  | ["call", Heading, path: readonly string[], ValuePart | null]
  | [
      "response",
      call: number,
      status: number,
      statusText: string,
      headers: string,
      url: string,
      BodyPart,
    ]
  /** The answer to a handshake. */
  | ["socket", call: number, headers: string, url: string, socket: number]
  | ["value", call: number, ValuePart, durableObjectId: string | null]
  /** The error is in the bytes. */
  | ["error", call: number]
  /** Somebody reads a stream: send the next chunk. */
  | ["pull", stream: number]
  /** The chunk is in the bytes. */
  | ["chunk", stream: number]
  | ["end", stream: number]
  /** The stream has failed, with the error in the bytes. */
  | ["fail", stream: number]
  /** Nobody reads the stream any more. */
  | ["cancel", stream: number]
  /** The chunk for a stream to write to is in the bytes. */
  | ["write", stream: number]
  | ["close", stream: number]
  | ["abort", stream: number]
  /** What was written was taken, or the stream was closed. */
  | ["written", stream: number]
  /** It was not, for the error in the bytes. */
  | ["broken", stream: number]
  /** Nobody there holds what was exported any more. */
  | ["release", exported: number];

/** A message and the bytes beside it. */
export interface Parcel {
  readonly message: Message;
  readonly bytes?: Uint8Array;
}

/** A body that is no stream, and the bytes it needs. */
export function packBody(body: PlainBody | null): [BodyPart, Uint8Array?] {
  if (body === null || typeof body === "string") return [body];
  return [0, body];
}

/** The body again. */
export function unpackBody(
  part: null | string | 0,
  bytes: Uint8Array | undefined,
): PlainBody | null {
  return part === 0 ? (bytes ?? new Uint8Array()) : part;
}

/** An error as its bytes; errors that cross have nothing that cannot be copied. */
export function packError(error: unknown): Uint8Array {
  return encode({ error }) as Uint8Array;
}

/** The error again. */
export function unpackError(bytes: Uint8Array | undefined): unknown {
  return (decode(bytes ?? null) as { error: unknown } | null)?.error;
}
