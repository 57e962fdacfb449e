/** The object behind a cache. What user code holds is in `caches.ts`. */
import { nodeCrypto } from "../globals/node-crypto.js";
import type { DurableObjectState } from "../objects/state.js";
import { DurableObject } from "../rpc/classes.js";
import {
  type Conditions,
  type HeaderPairs,
  headerOf,
  lifetimeMs,
  serve,
  withoutPrivateCookie,
} from "./cache-rules.js";
import { Entries } from "./entries.js";

/** A response as it is stored and sent. */
export interface CachedResponse {
  readonly status: number;
  readonly headers: HeaderPairs;
  readonly body: Uint8Array;
}

/** What the object does, as its callers see it. */
export interface CacheMethods {
  match(url: string, conditions: Conditions): Promise<CachedResponse | null>;
  /** Keeps a response for as long as it may be. */
  put(url: string, response: CachedResponse): Promise<void>;
  /** Whether there was one. */
  delete(url: string): Promise<boolean>;
}

interface Info {
  readonly status: number;
  readonly headers: HeaderPairs;
  /** When it was kept, in milliseconds since the Unix epoch. */
  readonly since: number;
}

/** What is longer has its digest for a key. */
const KEY_LENGTH_MAX = 512;

/** One for each cache: its responses are in the object's storage. */
export class CacheObject extends DurableObject {
  readonly #entries: Entries<Info>;

  constructor(state: DurableObjectState, env: unknown) {
    super(state, env);
    this.#entries = new Entries(state);
  }

  match(url: string, conditions: Conditions): CachedResponse | null {
    const key = keyOf(url);
    const head = this.#entries.head(key);
    if (head === undefined) return null;
    const { info, bytes } = head;
    const aged = Number.parseInt(headerOf(info.headers, "age") ?? "0", 10);
    const age = aged + Math.floor((Date.now() - info.since) / 1000);
    const kept = info.headers.filter(([name]) => !RENEWED.has(name));
    const headers: HeaderPairs = [
      ...kept,
      ["age", String(age)],
      ["cf-cache-status", "HIT"],
      ["content-length", String(bytes)],
      ["date", headerOf(info.headers, "date") ?? new Date(info.since).toUTCString()],
    ];
    const served = serve(info.status, headers, bytes, conditions);
    const [from, to] = served.part;
    const body = from === to ? NOTHING : this.#entries.value(key, head).slice(from, to);
    return { status: served.status, headers: served.headers, body };
  }

  put(url: string, { status, headers: given, body }: CachedResponse): void {
    const now = Date.now();
    const headers = withoutPrivateCookie(given).filter(([name]) => !HOP_BY_HOP.has(name));
    const lifetime = lifetimeMs(status, headers, now);
    if (lifetime <= 0) return;
    this.#entries.put(keyOf(url), { status, headers, since: now }, body, now + lifetime);
  }

  delete(url: string): boolean {
    return this.#entries.delete(keyOf(url));
  }

  alarm(): void {
    this.#entries.sweep();
  }
}

function keyOf(url: string): string {
  if (url.length <= KEY_LENGTH_MAX) return url;
  return `sha256:${nodeCrypto().createHash("sha256").update(url).digest("hex")}`;
}

const NOTHING = new Uint8Array(0);
const RENEWED: ReadonlySet<string> = new Set(["age", "cf-cache-status", "content-length", "date"]);
const HOP_BY_HOP: ReadonlySet<string> = new Set([
  "connection",
  "keep-alive",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
]);
