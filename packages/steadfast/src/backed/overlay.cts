/**
 * What is written on top of a backing and not yet in it.
 *
 * The bytes are here, in a map; the core knows of each key whether it is written or deleted, merges listings
 * and notes what is read.
 */
import assert from "node:assert";
import { ALARM_KEY, timeOf } from "./alarms.cjs";
import type { Backing, ListOptions, StoredKey, StoredValue } from "./backing.cjs";
import { native, type OverlayRef } from "./native.cjs";

type Bound = string | undefined;

/** An overlay; itself something to stand on, for the overlay of a transaction. */
export class Overlay implements Backing {
  readonly ref: OverlayRef;
  /**
   * The values written, `undefined` for a deleted key. The core must be told of every change: of the keys
   * that are written, deleted or forgotten.
   */
  readonly copies = new Map<string, StoredValue | undefined>();
  /** The alarm that is set, in milliseconds since the Unix epoch; `null` if it is deleted. */
  alarm: number | null | undefined;
  readonly #inner: Backing;
  readonly #recordsReads: boolean;
  readonly #readSet: Set<string> | undefined;

  /** An empty overlay on `inner`; if `recordsReads`, the core notes what is read, and `readSet` shows it. */
  constructor(inner: Backing, recordsReads: boolean, readSet?: Set<string>) {
    this.ref = native.overlayNew(recordsReads);
    this.#inner = inner;
    this.#recordsReads = recordsReads;
    this.#readSet = readSet;
  }

  async has(key: string): Promise<boolean> {
    return (await this.hasMany([key])) > 0;
  }

  async hasMany(keys: string[]): Promise<number> {
    if (!this.#recordsReads && this.copies.size === 0) return this.#inner.hasMany(keys);
    this.#showReads(keys);
    const [written = 0, ...asked] = native.overlayAskHas(this.ref, keys);
    if (this.copies.size === 0) return this.#inner.hasMany(keys);
    return written + (await this.#inner.hasMany(asked.map((index) => keys[index] as string)));
  }

  async get(key: string): Promise<StoredValue | undefined> {
    return (await this.getMany([key]))[0];
  }

  async getMany(keys: string[]): Promise<(StoredValue | undefined)[]> {
    if (this.copies.size === 0) {
      if (this.#recordsReads) this.#noteReads(keys);
      return this.#inner.getMany(keys, true);
    }
    this.#showReads(keys);
    const asked = native.overlayAsk(this.ref, keys);
    const values = keys.map((key) => copyOf(this.copies.get(key)));
    if (asked.length === 0) return values;
    const names = asked.map((index) => keys[index] as string);
    const answers = await this.#inner.getMany(names, true);
    assert.strictEqual(answers.length, names.length);
    asked.forEach((index, position) => {
      values[index] = answers[position];
    });
    return values;
  }

  put(key: string, value: StoredValue): void {
    native.overlayPut(this.ref, key);
    this.copies.set(key, { value: value.value.slice() });
  }

  /** Writes values that nobody else holds; takes as long as putting each of them would. */
  async putMany(entries: [key: string, value: StoredValue][]): Promise<void> {
    native.overlayPut(this.ref, keysOf(entries));
    await Promise.all(entries.map(([key, value]) => this.copies.set(key, value)));
  }

  async delete(key: string): Promise<boolean> {
    return (await this.deleteMany([key])) > 0;
  }

  async deleteMany(keys: string[]): Promise<number> {
    const deleted = await this.hasMany(keys);
    native.overlayDelete(this.ref, keys);
    this.keepDeleted(keys);
    return deleted;
  }

  async list(options?: ListOptions): Promise<{ keys: StoredKey[]; cursor: string }> {
    if (this.copies.size === 0) {
      const { keys } = await this.#inner.list(options, true);
      if (this.#recordsReads) this.#noteReads(keys.map(({ name }) => name));
      return { keys, cursor: "" };
    }
    // What changes here while the backing answers is no part of this listing.
    const frozen = this.#frozen();
    const bounds = boundsOf(options);
    const limit = options?.limit || undefined;
    const wanted = native.overlayListLimit(frozen, ...bounds, limit);
    const asked = { ...options, limit: wanted ?? options?.limit } as ListOptions;
    const { keys } = await this.#inner.list(asked, true);
    const names = keys.map(({ name }) => name);
    const merged = native.overlayList(frozen, ...bounds, !!options?.reverse, limit, names);
    if (this.#recordsReads) this.#noteReads(merged);
    const known = new Map(keys.map((key) => [key.name, key]));
    return { keys: merged.map((name) => known.get(name) ?? { name }), cursor: "" };
  }

  async getAlarm(): Promise<number | null> {
    if (this.#recordsReads) native.overlayNoteRead(this.ref, ALARM_KEY);
    this.#showReads([ALARM_KEY]);
    if (this.alarm !== undefined) return this.alarm;
    const { metadata } = (await this.#inner.get(ALARM_KEY)) ?? {};
    return (metadata as { scheduledTime?: number } | undefined)?.scheduledTime ?? null;
  }

  setAlarm(scheduledTime: number | Date): Promise<void> {
    this.alarm = timeOf(scheduledTime);
    return Promise.resolve();
  }

  deleteAlarm(): Promise<void> {
    this.alarm = null;
    return Promise.resolve();
  }

  /** Keys are deleted, as the core knows already. */
  keepDeleted(keys: string | string[]): void {
    for (const key of Array.isArray(keys) ? keys : [keys]) this.copies.set(key, undefined);
  }

  /** Takes over what a transaction has written on this overlay, which the core knows of already. */
  take(written: Overlay): void {
    for (const [key, value] of written.copies) this.copies.set(key, value);
    if (written.alarm !== undefined) this.alarm = written.alarm;
  }

  /** What is known at this moment. */
  #frozen(): OverlayRef {
    const frozen = native.overlayNew(false);
    const keys = [...this.copies.keys()];
    native.overlayPut(
      frozen,
      keys.filter((key) => this.copies.get(key) !== undefined),
    );
    native.overlayDelete(
      frozen,
      keys.filter((key) => this.copies.get(key) === undefined),
    );
    return frozen;
  }

  #noteReads(keys: string[]): void {
    this.#showReads(keys);
    if (keys.length === 1) native.overlayAskOne(this.ref, keys[0] as string);
    else native.overlayAsk(this.ref, keys);
  }

  #showReads(keys: string[]): void {
    if (this.#readSet !== undefined) for (const key of keys) this.#readSet.add(key);
  }
}

/** The keys of entries, as the core takes them: one by itself is cheaper to hand over. */
export function keysOf(entries: [key: string, value: StoredValue][]): string | string[] {
  return entries.length === 1
    ? (entries[0] as [string, StoredValue])[0]
    : entries.map(([key]) => key);
}

function copyOf(stored: StoredValue | undefined): StoredValue | undefined {
  return stored && { value: stored.value.slice() };
}

function boundsOf(options: ListOptions | undefined): [Bound, Bound, Bound, Bound] {
  const { prefix, excludePrefix, start, end } = options ?? {};
  return [bound(prefix), bound(excludePrefix), bound(start), bound(end)];
}

/** Backings compare whatever they are given as a string. */
function bound(value: unknown): Bound {
  return value === undefined ? undefined : String(value);
}
