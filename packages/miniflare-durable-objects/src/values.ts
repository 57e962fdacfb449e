/** Values as they are stored: in the format of Node's `v8` module. */
import { deserialize, serialize } from "node:v8";
import { viewToArray } from "@miniflare/shared";
import { DurableObjectError } from "./error";

/** The bytes of a value. */
export function serializeValue(value: unknown): Uint8Array {
  return viewToArray(serialize(value));
}

/** The value of bytes; throws an error that says what to do when they are not in this format. */
export function deserializeValue(bytes: Uint8Array): unknown {
  try {
    return deserialize(bytes);
  } catch (error) {
    throw new DurableObjectError(
      "ERR_DESERIALIZATION",
      "Unable to deserialize stored Durable Object data due to an invalid or unsupported version.\n" +
        "The Durable Object data storage format changed in Miniflare 2. " +
        "You cannot load Durable Object data created with Miniflare 1 and must delete it.",
      error as Error,
    );
  }
}
