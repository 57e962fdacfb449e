/**
 * Header lists: flat arrays `[name, value, name, value, …]` with names in lower case, in the order in which they
 * were appended. The transport hands them over as they are, and takes them back the same way.
 */

/** Names and values in turn; names in lower case. Never written to by whoever did not make it. */
export type HeaderList = readonly string[];

/**
 * A header list as one string, the parts joined by newlines, which neither names nor values can hold. It crosses
 * between Rust and JavaScript at the price of one string, and is split when a program looks at the headers.
 */
export type PackedHeaders = string;

/** The list in its packed form. */
export function pack(headers: HeaderList | PackedHeaders): PackedHeaders {
  return typeof headers === "string" ? headers : headers.join("\n");
}

/** The list itself. */
export function unpack(headers: HeaderList | PackedHeaders): HeaderList {
  if (typeof headers !== "string") return headers;
  return headers === "" ? NO_HEADERS : headers.split("\n");
}

/** The index of `key` in a list at or after `from`, or -1. */
export function findName(list: HeaderList, key: string, from = 0): number {
  for (let at = from; at < list.length; at += 2) if (list[at] === key) return at;
  return -1;
}

/** One pair per name in byte order of names, values joined; `set-cookie` values stay apart. */
export function sortedPairs(list: HeaderList): readonly [string, string][] {
  const joined = new Map<string, string>();
  const pairs: [string, string][] = [];
  for (let at = 0; at < list.length; at += 2) {
    const name = list[at] as string;
    const value = list[at + 1] as string;
    if (name === "set-cookie") {
      pairs.push([name, value]);
      continue;
    }
    const before = joined.get(name);
    joined.set(name, before === undefined ? value : `${before}, ${value}`);
  }
  for (const pair of joined) pairs.push(pair);
  // The sort is stable, so cookies keep their order.
  return pairs.sort((a, b) => (a[0] < b[0] ? -1 : a[0] > b[0] ? 1 : 0));
}

/** `headers`, with `contentType` if they name none; not changed in place. */
export function withContentType(
  headers: HeaderList | PackedHeaders,
  contentType: string | null,
): HeaderList | PackedHeaders {
  if (contentType === null) return headers;
  if (headers.length === 0)
    return contentType === TEXT ? TEXT_HEADERS : `content-type\n${contentType}`;
  const list = unpack(headers);
  return findName(list, "content-type") >= 0 ? list : [...list, "content-type", contentType];
}

/** A new list without `key`. */
export function withoutName(list: HeaderList, key: string): string[] {
  const rest: string[] = [];
  for (let at = 0; at < list.length; at += 2) {
    if (list[at] !== key) rest.push(list[at] as string, list[at + 1] as string);
  }
  return rest;
}

/** A name, checked and in lower case. */
export function headerName(name: unknown): string {
  const text = typeof name === "string" ? name : `${name}`;
  if (!TOKEN.test(text)) throw new TypeError("Invalid header name.");
  return text.toLowerCase();
}

/** A value, checked, without the whitespace around it. */
export function headerValue(value: unknown): string {
  const text = trimmed(typeof value === "string" ? value : `${value}`);
  if (FORBIDDEN_IN_VALUE.test(text)) throw new TypeError("Invalid header value.");
  return text;
}

function trimmed(text: string): string {
  let start = 0;
  let end = text.length;
  while (start < end && isHttpSpace(text.charCodeAt(start))) start += 1;
  while (end > start && isHttpSpace(text.charCodeAt(end - 1))) end -= 1;
  return start === 0 && end === text.length ? text : text.slice(start, end);
}

function isHttpSpace(code: number): boolean {
  return code === 0x20 || code === 0x09 || code === 0x0a || code === 0x0d;
}

const NO_HEADERS: HeaderList = [];
/** The content type of a text body. */
const TEXT = "text/plain;charset=UTF-8";
/** Ready, because most responses have just this. */
const TEXT_HEADERS: PackedHeaders = `content-type\n${TEXT}`;
const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
const FORBIDDEN_IN_VALUE = /[\0\r\n]/;
