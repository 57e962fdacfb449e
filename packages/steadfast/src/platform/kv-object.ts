/** The object behind a KV namespace. What user code holds is in `kv-namespace.ts`. */
import type { DurableObjectState } from "../objects/state.js";
import { DurableObject } from "../rpc/classes.js";
import { Entries } from "./entries.js";

/** A value as it is stored and sent. */
export interface KvRecord {
  readonly value: string | Uint8Array;
  /** As JSON. */
  readonly metadata: string | undefined;
}

/** An entry of a listing. */
export interface KvListed {
  readonly name: string;
  /** In seconds since the Unix epoch. */
  readonly expiration: number | undefined;
  readonly metadata: string | undefined;
}

/** What is written. */
export interface KvWrite {
  readonly key: string;
  readonly value: string | Uint8Array;
  readonly metadata: string | undefined;
  readonly expiration: number | undefined;
  readonly expirationTtl: number | undefined;
}

/** What the object does, as its callers see it. */
export interface KvMethods {
  /** The value as text or as bytes; `null` without one. */
  get(key: string, asText: boolean): Promise<KvRecord | null>;
  /** The same for several keys, as texts; `null` when they are too many bytes together. */
  getMany(keys: string[]): Promise<(KvRecord | null)[] | null>;
  /** Writes, or tells why not. */
  put(write: KvWrite): Promise<string | null>;
  delete(key: string): Promise<void>;
  list(prefix: string, after: string | undefined, limit: number): Promise<KvListing>;
}

/** A part of the keys. */
export interface KvListing {
  readonly keys: KvListed[];
  readonly complete: boolean;
}

/** How many seconds a value must be kept at least. */
const TTL_SECONDS_MIN = 60;
/** How much several values may have together. */
const BULK_BYTES_MAX = 25 * 1024 * 1024;

interface Info {
  readonly metadata: string | undefined;
}

/** One for each KV namespace: its keys are in the object's storage. */
export class KvObject extends DurableObject {
  readonly #entries: Entries<Info>;

  constructor(state: DurableObjectState, env: unknown) {
    super(state, env);
    this.#entries = new Entries(state);
  }

  get(key: string, asText: boolean): KvRecord | null {
    const head = this.#entries.head(key);
    if (head === undefined) return null;
    const bytes = this.#entries.value(key, head);
    return { value: asText ? decoder.decode(bytes) : bytes, metadata: head.info.metadata };
  }

  getMany(keys: string[]): (KvRecord | null)[] | null {
    let bytes = 0;
    for (const key of keys) bytes += this.#entries.head(key)?.bytes ?? 0;
    return bytes > BULK_BYTES_MAX ? null : keys.map((key) => this.get(key, true));
  }

  put({ key, value, metadata, expiration, expirationTtl }: KvWrite): string | null {
    const now = Math.floor(Date.now() / 1000);
    const refused = refusal(now, expiration, expirationTtl);
    if (refused !== undefined) return refused;
    const seconds = expirationTtl === undefined ? expiration : now + expirationTtl;
    const bytes = typeof value === "string" ? encoder.encode(value) : value;
    this.#entries.put(key, { metadata }, bytes, seconds === undefined ? undefined : seconds * 1000);
    return null;
  }

  delete(key: string): void {
    this.#entries.delete(key);
  }

  list(prefix: string, after: string | undefined, limit: number): KvListing {
    const keys: KvListed[] = [];
    for (const [name, { info, expires }] of this.#entries.list(prefix, after)) {
      if (keys.length === limit) return { keys, complete: false };
      const expiration = expires === undefined ? undefined : expires / 1000;
      keys.push({ name, expiration, metadata: info.metadata });
    }
    return { keys, complete: true };
  }

  alarm(): void {
    this.#entries.sweep();
  }
}

/** Why a value cannot be kept until then. A time to live counts before a time. */
function refusal(
  now: number,
  expiration: number | undefined,
  ttl: number | undefined,
): string | undefined {
  if (ttl !== undefined) {
    const invalid = `400 Invalid expiration_ttl of ${ttl}.`;
    if (ttl <= 0) return `${invalid} Please specify integer greater than 0.`;
    if (ttl < TTL_SECONDS_MIN)
      return `${invalid} Expiration TTL must be at least ${TTL_SECONDS_MIN}.`;
  } else if (expiration !== undefined) {
    const invalid = `400 Invalid expiration of ${expiration}.`;
    if (expiration <= now) {
      return `${invalid} Please specify integer greater than the current number of seconds since the UNIX epoch.`;
    }
    if (expiration < now + TTL_SECONDS_MIN) {
      return `${invalid} Expiration times must be at least ${TTL_SECONDS_MIN} seconds in the future.`;
    }
  }
  return undefined;
}

const encoder = new TextEncoder();
const decoder = new TextDecoder();
