/** Arguments that are times. */
import { types } from "node:util";
import { wrongArgument } from "./arguments.js";

/** A date or a number as milliseconds since the Unix epoch. */
export function toTimeMs(value: unknown, method: string, className: string): number {
  if (typeof value !== "number" && !types.isDate(value)) {
    throw wrongArgument(method, className, 1, "date");
  }
  const timeMs = Number(value);
  if (!Number.isFinite(timeMs)) {
    throw new TypeError("The value cannot be converted because it is not a valid Date.");
  }
  if (timeMs < -TIME_MS_MAX) {
    throw new TypeError("This API doesn't support dates before 1687.");
  }
  return timeMs;
}

/** What 64 bits of nanoseconds hold. */
export const TIME_MS_MAX = 9_223_372_036_854;
