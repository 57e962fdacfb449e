/** Values as they cross between contexts, and back. */
import type { Context } from "../lane/context.js";
import type { Lane } from "../lane/lane.js";
import { decode, encode } from "../objects/values.js";
import type { Payload } from "./event.js";
import { copySmall, NOT_SMALL } from "./small.js";

/** The value of a method or a property, as it leaves `from`. */
export function encodeValue(value: unknown): Payload {
  const plain = copySmall(value);
  if (plain !== NOT_SMALL) return { bytes: undefined, plain, capabilities: NONE };
  return { bytes: encode(value) as Uint8Array, plain: undefined, capabilities: NONE };
}

/** The value as `to` gets it. To be called once. */
export function decodeValue(payload: Payload, _lane: Lane, _to: Context | undefined): unknown {
  return payload.bytes === undefined ? payload.plain : decode(payload.bytes);
}

const NONE: readonly never[] = [];
