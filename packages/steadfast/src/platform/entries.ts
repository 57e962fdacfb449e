/**
 * What the objects behind KV and caches keep: values under names, each with a head of its own and maybe
 * a time when it goes. A value is stored in parts, because one key holds less than a value may have.
 */
import type { DurableObjectState } from "../objects/state.js";

/** An entry without its value. */
export interface Head<T> {
  readonly info: T;
  /** When it goes, in milliseconds since the Unix epoch. */
  readonly expires: number | undefined;
  readonly bytes: number;
}

/** How much of a value one key holds. */
const PART_BYTES = 1024 * 1024;
/** How many entries that have expired are removed in one turn. */
const SWEEP_ENTRIES_MAX = 1000;
/** Digits of a time in a key, so that keys sort as times do. */
const TIME_DIGITS = 15;
/** Digits of the number of a part. */
const PART_DIGITS = 3;

const HEAD = "head:";
const PART = "part:";
const EXPIRES = "expires:";

/** The entries in the storage of one object. */
export class Entries<T> {
  readonly #state: DurableObjectState;

  constructor(state: DurableObjectState) {
    this.#state = state;
  }

  /** The head of an entry that has not expired. */
  head(name: string): Head<T> | undefined {
    const head = this.#kv.get<Head<T>>(HEAD + name);
    return head === undefined || hasExpired(head) ? undefined : head;
  }

  /** The value that belongs to `head`. */
  value(name: string, { bytes }: Head<T>): Uint8Array {
    const parts = partsOf(bytes);
    if (parts === 1) return this.#part(name, 0);
    const value = new Uint8Array(bytes);
    for (let part = 0; part < parts; part += 1) {
      value.set(this.#part(name, part), part * PART_BYTES);
    }
    return value;
  }

  /** Writes an entry in place of the one that was there. */
  put(name: string, info: T, value: Uint8Array, expires: number | undefined): void {
    this.#remove(name, this.#kv.get<Head<T>>(HEAD + name));
    this.#kv.put(HEAD + name, { info, expires, bytes: value.byteLength });
    for (let part = 0; part < partsOf(value.byteLength); part += 1) {
      // A copy: of a part of a buffer the whole would be stored.
      const bytes = value.slice(part * PART_BYTES, (part + 1) * PART_BYTES);
      this.#kv.put(partKey(name, part), bytes);
    }
    if (expires !== undefined) this.#kv.put(expiryKey(name, expires), null);
    this.#schedule();
  }

  /** Whether there was one. */
  delete(name: string): boolean {
    const head = this.#kv.get<Head<T>>(HEAD + name);
    this.#remove(name, head);
    this.#schedule();
    return head !== undefined && !hasExpired(head);
  }

  /** Names that begin with `prefix` and come after `after`, in the order of their bytes. */
  *list(prefix: string, after: string | undefined): Generator<[name: string, head: Head<T>]> {
    const bounds = {
      prefix: HEAD + prefix,
      ...(after !== undefined && { startAfter: HEAD + after }),
    };
    for (const [key, head] of this.#kv.list<Head<T>>(bounds)) {
      if (!hasExpired(head)) yield [key.slice(HEAD.length), head];
    }
  }

  /** Removes what has expired; to be called from the object's alarm. */
  sweep(): void {
    const due = expiryKey("", Date.now() + 1);
    const range = { prefix: EXPIRES, end: due, limit: SWEEP_ENTRIES_MAX };
    const expired = [...this.#kv.list(range)];
    for (const [key] of expired) {
      const name = key.slice(EXPIRES.length + TIME_DIGITS + 1);
      this.#remove(name, this.#kv.get<Head<T>>(HEAD + name));
    }
    this.#schedule();
  }

  get #kv() {
    return this.#state.storage.kv;
  }

  #part(name: string, part: number): Uint8Array {
    const bytes = this.#kv.get<Uint8Array>(partKey(name, part));
    if (bytes === undefined) throw new Error(`a part of a stored value is missing: part=${part}`);
    return bytes;
  }

  #remove(name: string, head: Head<T> | undefined): void {
    if (head === undefined) return;
    this.#kv.delete(HEAD + name);
    for (let part = 0; part < partsOf(head.bytes); part += 1) this.#kv.delete(partKey(name, part));
    if (head.expires !== undefined) this.#kv.delete(expiryKey(name, head.expires));
  }

  /** The alarm follows the first time at which something goes. */
  #schedule(): void {
    const { storage } = this.#state;
    const [first] = this.#kv.list({ prefix: EXPIRES, limit: 1 });
    const [key] = first ?? [];
    // Both take effect at once; they can fail only with the object itself.
    if (key === undefined) void storage.deleteAlarm();
    else void storage.setAlarm(Number(key.slice(EXPIRES.length, EXPIRES.length + TIME_DIGITS)));
  }
}

function hasExpired({ expires }: Head<unknown>): boolean {
  return expires !== undefined && expires <= Date.now();
}

/** An empty value has a part too. */
function partsOf(bytes: number): number {
  return Math.max(1, Math.ceil(bytes / PART_BYTES));
}

function partKey(name: string, part: number): string {
  return `${PART}${String(part).padStart(PART_DIGITS, "0")}:${name}`;
}

function expiryKey(name: string, expires: number): string {
  return `${EXPIRES}${String(expires).padStart(TIME_DIGITS, "0")}:${name}`;
}
