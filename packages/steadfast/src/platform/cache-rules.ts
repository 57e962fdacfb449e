/**
 * What a cache may keep and for how long, and what it answers to a request with conditions. Shared
 * caches' rules of RFC 9111, as far as workerd's simulator follows them.
 */

/** Names in lower case and values in turn. */
export type HeaderPairs = readonly (readonly [name: string, value: string])[];

/** What a request asks for beside the URL. */
export interface Conditions {
  readonly ifNoneMatch: string | null;
  readonly ifModifiedSince: string | null;
  readonly range: string | null;
}

/** The answer to a request that a kept response serves. */
export interface Served {
  readonly status: number;
  readonly headers: HeaderPairs;
  /** The part of the body that is wanted: from a byte up to, and without, another. */
  readonly part: readonly [from: number, to: number];
}

/** Statuses that say of themselves how long they hold. */
const STATUSES: ReadonlySet<number> = new Set([
  200, 203, 300, 301, 302, 303, 307, 308, 404, 405, 410, 414, 501,
]);
/** How long what never changes is kept, when nothing says how long. */
const IMMUTABLE_MS = 24 * 60 * 60 * 1000;
/** What is kept that only says when it changed last: a tenth of its age then. */
const HEURISTIC_PART = 0.1;

/** For how long a response may be kept; 0 if not at all. */
export function lifetimeMs(status: number, headers: HeaderPairs, nowMs: number): number {
  const value = (name: string): string | undefined => headerOf(headers, name);
  if (!STATUSES.has(status) || value("set-cookie") !== undefined) return 0;
  const control = directives(value("cache-control"));
  if (control.has("no-store") || control.has("no-cache") || control.has("private")) return 0;
  const aged = seconds(value("age")) * 1000;
  return Math.max(0, freshMs(control, value, nowMs) - aged);
}

function freshMs(
  control: ReadonlyMap<string, string>,
  value: (name: string) => string | undefined,
  nowMs: number,
): number {
  for (const name of ["s-maxage", "max-age"]) {
    const given = control.get(name);
    if (given !== undefined) return seconds(given) * 1000;
  }
  const expires = value("expires");
  const date = Date.parse(value("date") ?? "") || nowMs;
  if (expires !== undefined) return (Date.parse(expires) || 0) - date;
  if (control.has("immutable")) return IMMUTABLE_MS;
  const modified = Date.parse(value("last-modified") ?? "");
  return Number.isNaN(modified) ? 0 : (date - modified) * HEURISTIC_PART;
}

/** Takes the cookie off a response that is kept without it, and what says so. */
export function withoutPrivateCookie(headers: HeaderPairs): HeaderPairs {
  const control = headerOf(headers, "cache-control") ?? "";
  if (!/\bprivate="?set-cookie"?/i.test(control)) return headers;
  const rest = control
    .split(",")
    .filter((each) => !/^\s*private="?set-cookie"?\s*$/i.test(each))
    .join(",")
    .trim();
  return headers
    .filter(([name]) => name !== "set-cookie")
    .map(([name, value]) => [name, name === "cache-control" ? rest : value] as const);
}

/** What a kept response of this many bytes answers. */
export function serve(
  status: number,
  headers: HeaderPairs,
  bytes: number,
  conditions: Conditions,
): Served {
  if (isUnchanged(headers, conditions)) return { status: 304, headers, part: [0, 0] };
  if (conditions.range === null || status !== 200 || conditions.range.includes(",")) {
    return { status, headers, part: [0, bytes] };
  }
  const part = rangeOf(conditions.range, bytes);
  if (part === undefined) {
    const only = [
      ["cf-cache-status", "HIT"],
      ["content-range", `bytes */${bytes}`],
    ] as const;
    return { status: 416, headers: only, part: [0, 0] };
  }
  const [from, to] = part;
  const others = headers.filter(([name]) => name !== "content-length");
  const range = ["content-range", `bytes ${from}-${to - 1}/${bytes}`] as const;
  return { status: 206, headers: [...others, ["content-length", `${to - from}`], range], part };
}

function isUnchanged(headers: HeaderPairs, { ifNoneMatch, ifModifiedSince }: Conditions): boolean {
  if (ifNoneMatch !== null) {
    const etag = headerOf(headers, "etag");
    if (etag === undefined) return false;
    if (ifNoneMatch.trim() === "*") return true;
    return ifNoneMatch.split(",").some((each) => weak(each) === weak(etag));
  }
  const modified = Date.parse(headerOf(headers, "last-modified") ?? "");
  return ifModifiedSince !== null && modified <= Date.parse(ifModifiedSince);
}

function weak(etag: string): string {
  return etag.trim().replace(/^W\//, "");
}

function rangeOf(range: string, bytes: number): readonly [number, number] | undefined {
  const [, first = "", last = ""] = /^\s*bytes\s*=\s*(\d*)\s*-\s*(\d*)\s*$/i.exec(range) ?? [];
  if (first === "" && last === "") return undefined;
  const from = first === "" ? Math.max(0, bytes - Number(last)) : Number(first);
  const to = first === "" || last === "" ? bytes : Math.min(bytes, Number(last) + 1);
  return from < to ? [from, to] : undefined;
}

/** The value of a header; of several with one name, all. */
export function headerOf(headers: HeaderPairs, name: string): string | undefined {
  const values = headers.filter(([each]) => each === name).map(([, value]) => value);
  return values.length === 0 ? undefined : values.join(", ");
}

function directives(control: string | undefined): ReadonlyMap<string, string> {
  const parts = (control ?? "").split(",").map((part) => part.trim().split("="));
  return new Map(parts.map(([name = "", value = ""]) => [name.toLowerCase(), value]));
}

function seconds(text: string | undefined): number {
  const number = Number.parseInt((text ?? "").replaceAll('"', ""), 10);
  return Number.isNaN(number) ? 0 : Math.max(0, number);
}
