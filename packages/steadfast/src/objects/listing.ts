/** The bounds of a `list()`, the same for every API that lists. */
import type { ListBounds } from "../binding.js";
import { toText } from "./arguments.js";

/** Which keys to list, in the order of their UTF-8 bytes. */
export interface ListBoundOptions {
  /** First key that may be listed, in whatever direction. */
  start?: string;
  /** The same without that key itself; not together with `start`. */
  startAfter?: string;
  /** First key that is not listed any more. */
  end?: string;
  prefix?: string;
  /** From the last key to the first. */
  reverse?: boolean;
  /** How many keys at most; at least 1. */
  limit?: number;
}

/** The bounds as the addon takes them. Each property is read once, in this order. */
export function boundsOf(options: ListBoundOptions): ListBounds {
  const start = bound(options.start);
  const startAfter = bound(options.startAfter);
  const end = bound(options.end);
  const prefix = bound(options.prefix);
  const reverse = Boolean(options.reverse);
  const { limit } = options;
  return [start, startAfter, end, prefix, reverse, limit === undefined ? null : toInt32(limit)];
}

function bound(key: unknown): string | null {
  return key === undefined ? null : toText(key);
}

/** The conversion JavaScript interfaces apply to an argument of 32 bits; what is no number becomes 0. */
function toInt32(value: unknown): number {
  const number = Math.trunc(Number(value));
  if (!Number.isFinite(number)) return 0;
  if (number < INT32_MIN || number > INT32_MAX) {
    throw new TypeError(
      `Value out of range. Must be between ${INT32_MIN} and ${INT32_MAX} (inclusive).`,
    );
  }
  return number;
}

const INT32_MIN = -(2 ** 31);
const INT32_MAX = 2 ** 31 - 1;
