import {
  base64Decode,
  base64Encode,
  type StorageListOptions,
  type StorageListResult,
  type StoredKey,
} from "@miniflare/shared";
import { compareNames } from "./order";

/** The options of a list with names as text. Whoever asks from JavaScript may give a number or `null`. */
export function textOptions(options: StorageListOptions | undefined): StorageListOptions {
  const { prefix, excludePrefix, start, end, reverse, ...rest } = options ?? {};
  return {
    ...rest,
    prefix: textOf(prefix),
    excludePrefix: textOf(excludePrefix),
    start: textOf(start),
    end: textOf(end),
    reverse: Boolean(reverse),
  };
}

function textOf(name: string | undefined): string | undefined {
  return name === undefined ? undefined : String(name);
}

/** Whether a name is within prefix, exclusion and range of a list. */
export function listFilterMatch(options: StorageListOptions | undefined, name: string): boolean {
  const { prefix, excludePrefix, start, end } = options ?? {};
  if (prefix !== undefined && !name.startsWith(prefix)) return false;
  if (excludePrefix !== undefined && name.startsWith(excludePrefix)) return false;
  if (start !== undefined && compareNames(name, String(start)) < 0) return false;
  return end === undefined || compareNames(name, String(end)) < 0;
}

/**
 * The page of a list: sorts `keys`, which have passed the filter, in place, and takes those after the cursor,
 * up to the limit.
 *
 * A name with the delimiter behind the prefix counts once for all that share what comes before it. The cursor
 * of the result is empty at the end; one that names no key of the list gives an empty page.
 */
export function listPaginate<Key extends StoredKey>(
  options: StorageListOptions | undefined,
  keys: Key[],
): StorageListResult<Key> {
  const direction = options?.reverse ? -1 : 1;
  keys.sort((a, b) => direction * compareNames(a.name, b.name));
  const { places, ...rest } = takePage(
    options,
    keys.map(({ name }) => name),
  );
  return { keys: places.map((place) => keys[place] as Key), ...rest };
}

/** The names of a list in its order: an array, or the window of a larger one. */
export interface SortedNames {
  readonly length: number;
  at(place: number): string | undefined;
  /** Its place, or -1. */
  indexOf(name: string): number;
}

/** Which names of a list make up its page. */
export interface Page {
  places: number[];
  cursor: string;
  /** Only with a delimiter. */
  delimitedPrefixes?: string[];
}

/** Takes the page of a list whose names have passed the filter and are in order. */
export function takePage(options: StorageListOptions | undefined, names: SortedNames): Page {
  const { prefix = "", delimiter, limit = Number.POSITIVE_INFINITY } = options ?? {};
  const places: number[] = [];
  const groups = new Set<string>();
  // A place beyond the last when there is no such cursor.
  let next = firstPlace(options?.cursor, names);
  let last = next;
  while (next < names.length) {
    last = next++;
    const group = groupOf(names.at(last) as string, prefix, delimiter);
    if (group === undefined) {
      places.push(last);
    } else {
      groups.add(group);
      while (next < names.length && names.at(next)?.startsWith(group)) last = next++;
    }
    if (places.length + groups.size >= limit) break;
  }
  const cursor = last < names.length - 1 ? base64Encode(names.at(last) as string) : "";
  if (delimiter === undefined) return { places, cursor };
  return { places, cursor, delimitedPrefixes: [...groups] };
}

function firstPlace(cursor: string | undefined, names: SortedNames): number {
  const after = cursor ? base64Decode(cursor) : "";
  if (after === "") return 0;
  const place = names.indexOf(after);
  return place === -1 ? names.length : place + 1;
}

/** What the names that share a delimited prefix are listed as; `undefined` for one listed by itself. */
function groupOf(name: string, prefix: string, delimiter: string | undefined): string | undefined {
  if (delimiter === undefined || !name.startsWith(prefix)) return undefined;
  const rest = name.slice(prefix.length);
  if (rest === "" || !rest.includes(delimiter)) return undefined;
  return prefix + rest.split(delimiter, 1)[0] + delimiter;
}
