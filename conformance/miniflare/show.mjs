// How values and errors read in a transcript: the same text for the same thing, whichever package made it.
import { createHash } from "node:crypto";
import { inspect } from "node:util";

/** Longer strings are shown by their beginning, length and hash. */
const STRING_LENGTH_MAX = 200;

/**
 * @param {unknown} value
 * @returns {string}
 */
export function show(value) {
  if (value instanceof Error) return showError(value);
  if (typeof value === "string") return JSON.stringify(shorten(value));
  const text = inspect(value, {
    depth: 12,
    breakLength: Number.POSITIVE_INFINITY,
    compact: 12,
    maxArrayLength: 200,
    maxStringLength: STRING_LENGTH_MAX,
  });
  return shorten(text.replace(/\s*\n\s*/g, " "), 4000);
}

/**
 * Class, message, code and cause; never the stack.
 * @param {unknown} error
 * @returns {string}
 */
export function showError(error) {
  if (!(error instanceof Error)) return `a thrown ${show(error)}`;
  const { code, cause, generatedMessage } =
    /** @type {{ code?: unknown, cause?: unknown, generatedMessage?: boolean }} */ (error);
  const named = error.name === error.constructor.name ? "" : ` name=${error.name}`;
  // Such a text quotes the source line of the assertion, which is nobody's interface.
  const message = generatedMessage ? "an assertion" : error.message;
  return [
    `${error.constructor.name}${named}: ${shorten(message, 600)}`,
    ...(code === undefined ? [] : [`code=${String(code)}`]),
    ...(cause === undefined ? [] : [`cause=(${show(cause)})`]),
  ].join(" ");
}

/** @param {Uint8Array} bytes */
export function showBytes(bytes) {
  return shorten(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("hex"));
}

/** @param {string} text */
export function shorten(text, max = STRING_LENGTH_MAX) {
  if (text.length <= max) return text;
  const hash = createHash("sha256").update(text).digest("hex").slice(0, 8);
  return `${text.slice(0, 40)}…(${text.length} units, ${hash})`;
}
