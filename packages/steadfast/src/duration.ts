/** Lengths of time as people write them. */

/** Milliseconds, a text such as `"90 s"` or `"1 hour 30 minutes"`, or parts that add up. */
export type Duration =
  | number
  | string
  | {
      days?: number;
      hours?: number;
      minutes?: number;
      seconds?: number;
      milliseconds?: number;
    };

/** A length of time in milliseconds. Throws when it is not one, or negative. */
export function toMilliseconds(duration: Duration): number {
  const ms =
    typeof duration === "number"
      ? duration
      : typeof duration === "string"
        ? parse(duration)
        : sum(duration);
  if (ms === undefined || !Number.isFinite(ms) || ms < 0) {
    throw new TypeError(`not a length of time: ${describe(duration)}`);
  }
  return ms;
}

function parse(text: string): number | undefined {
  let ms = 0;
  let end = 0;
  for (const match of text.matchAll(PART)) {
    const unit = UNITS[(match[2] ?? "").toLowerCase()];
    if (match.index !== end || unit === undefined) return undefined;
    ms += Number(match[1]) * unit;
    end = match.index + match[0].length;
  }
  return end === text.length && end > 0 ? ms : undefined;
}

function sum(parts: unknown): number | undefined {
  if (typeof parts !== "object" || parts === null) return undefined;
  let ms: number | undefined;
  for (const [name, count] of Object.entries(parts)) {
    const unit = name.endsWith("s") ? UNITS[name] : undefined;
    if (unit === undefined || typeof count !== "number") return undefined;
    ms = (ms ?? 0) + count * unit;
  }
  return ms;
}

function describe(value: unknown): string {
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}

/** A number and its unit, with what separates them from the next. */
const PART = /\s*(\d+(?:\.\d+)?)\s*([a-z]+)\s*,?\s*/giy;

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

const UNITS: Readonly<Record<string, number>> = {
  ...named(1, "ms", "millisecond", "milliseconds"),
  ...named(SECOND, "s", "sec", "second", "seconds"),
  ...named(MINUTE, "m", "min", "minute", "minutes"),
  ...named(HOUR, "h", "hour", "hours"),
  ...named(DAY, "d", "day", "days"),
  ...named(7 * DAY, "w", "week", "weeks"),
};

function named(ms: number, ...names: string[]): Record<string, number> {
  return Object.fromEntries(names.map((name) => [name, ms]));
}
