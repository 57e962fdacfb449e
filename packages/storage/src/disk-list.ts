/** Lists of a `DiskStorage`: reads no more of a range than its page needs. */
import {
  base64Decode,
  base64Encode,
  type StorageListOptions,
  type StorageListResult,
  type StoredKeyMeta,
  type StoredMeta,
} from "@miniflare/shared";
import type { DiskStore } from "steadfast/backed";
import { decodeHead } from "./disk-values";
import { listFilterMatch, takePage } from "./listing";

/** Which of the keys that are read have expired, and what to do with those. */
export interface Expiry {
  expired(meta: StoredMeta): boolean;
  forget(names: string[]): void;
}

/** The page of a list. */
export function listStore<Meta>(
  store: DiskStore,
  options: StorageListOptions,
  expiry: Expiry,
): StorageListResult<StoredKeyMeta<Meta>> {
  if (options.delimiter !== undefined) return listGroups(store, options, expiry);
  const after = options.cursor ? base64Decode(options.cursor) : "";
  if (after !== "" && !isListed(store, options, expiry, after)) return { keys: [], cursor: "" };
  const limit = limitOf(options);
  // One more, which tells whether there is a next page.
  const keys = read<Meta>(store, options, expiry, after, limit + 1);
  const last = keys.length > limit ? keys[limit - 1] : undefined;
  if (last !== undefined) keys.length = limit;
  return { keys, cursor: last === undefined ? "" : base64Encode(last.name) };
}

/** The same with a delimiter, for which it reads the whole range. */
function listGroups<Meta>(
  store: DiskStore,
  options: StorageListOptions,
  expiry: Expiry,
): StorageListResult<StoredKeyMeta<Meta>> {
  const keys = read<Meta>(store, options, expiry, "", Number.POSITIVE_INFINITY);
  const { places, ...rest } = takePage(
    options,
    keys.map(({ name }) => name),
  );
  return { keys: places.map((place) => keys[place] as StoredKeyMeta<Meta>), ...rest };
}

/** Whether a cursor stands on a key of the list. */
function isListed(
  store: DiskStore,
  options: StorageListOptions,
  expiry: Expiry,
  name: string,
): boolean {
  if (!listFilterMatch(options, name)) return false;
  const [head] = store.heads([name]);
  return head !== undefined && !expiry.expired(decodeHead(head));
}

/** At most `wanted` keys of the range that have not expired, behind `after` in the order of the list. */
function read<Meta>(
  store: DiskStore,
  options: StorageListOptions,
  expiry: Expiry,
  after: string,
  wanted: number,
): StoredKeyMeta<Meta>[] {
  const { prefix = null, excludePrefix = null, end = null, reverse = false } = options;
  const keys: StoredKeyMeta<Meta>[] = [];
  const expired: string[] = [];
  let behind = after;
  for (;;) {
    const limit = Number.isFinite(wanted) ? wanted - keys.length : null;
    // A key to go on behind is within the bounds it replaces.
    const start = behind === "" || reverse ? (options.start ?? null) : null;
    const startAfter = behind === "" || reverse ? null : behind;
    const upTo = behind === "" || !reverse ? end : behind;
    const rows = store.list(start, startAfter, upTo, prefix, excludePrefix, reverse, limit);
    for (let at = 0; at < rows.length; at += 2) {
      behind = rows[at] as string;
      const meta = decodeHead<Meta>(rows[at + 1] as Uint8Array | null);
      if (expiry.expired(meta)) expired.push(behind);
      else keys.push({ name: behind, ...meta });
    }
    if (limit === null || rows.length / 2 < limit || keys.length >= wanted) break;
  }
  if (expired.length > 0) expiry.forget(expired);
  return keys;
}

/** How many keys make a page: at least one. */
function limitOf({ limit }: StorageListOptions): number {
  return limit === undefined || Number.isNaN(limit)
    ? Number.POSITIVE_INFINITY
    : Math.max(1, Math.ceil(limit));
}
