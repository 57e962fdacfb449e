/**
 * `Headers` without undici's constructor.
 *
 * The content is a header list (see `header-list.ts`). A list is never changed in place once somebody else can see it: `Headers` copies before its first write
 * unless it made the list itself, so messages, clones and the transport may share one array.
 *
 * Differs from undici on purpose, as workerd does: the texts of errors, `getAll`, and values outside Latin-1.
 * Which test to read first: `test/web-headers.test.mjs`.
 */
import { type InspectOptions, inspect } from "node:util";
import {
  findName,
  type HeaderList,
  headerName,
  headerValue,
  type PackedHeaders,
  sortedPairs,
  unpack,
  withoutName,
} from "./header-list.js";
import { standInFor } from "./native.js";

/** What `new Headers(init)` accepts. */
export type HeadersInit = Headers | Iterable<Iterable<string>> | Record<string, string>;

/** `immutable` once the message has crossed into or out of user code. */
export type Guard = "none" | "immutable";

/** The list of a `Headers` object; from now on shared. */
export let listOf: (headers: Headers) => HeaderList;
/** Wraps a list without copying it. */
export let headersFromList: (list: HeaderList | PackedHeaders, guard: Guard) => Headers;
/** Makes every later change of `headers` throw. */
export let freezeHeaders: (headers: Headers) => void;

export class Headers {
  #list: string[];
  #owned: boolean;
  #guard: Guard = "none";
  #sorted: readonly [string, string][] | undefined;

  constructor(init?: HeadersInit) {
    const borrowed = init === BORROW;
    this.#list = borrowed || init === undefined ? [] : listFromInit(init);
    this.#owned = !borrowed;
  }

  static {
    listOf = (headers) => {
      headers.#owned = false;
      return headers.#list;
    };
    headersFromList = (list, guard) => {
      const headers = new Headers(BORROW);
      headers.#list = unpack(list) as string[];
      headers.#guard = guard;
      return headers;
    };
    freezeHeaders = (headers) => {
      headers.#guard = "immutable";
    };
  }

  append(name: string, value: string): void {
    const key = headerName(name);
    const text = headerValue(value);
    this.#writable().push(key, text);
  }

  delete(name: string): void {
    const key = headerName(name);
    const list = this.#writable();
    if (findName(list, key) >= 0) this.#list = withoutName(list, key);
  }

  get(name: string): string | null {
    const key = headerName(name);
    const list = this.#list;
    const first = findName(list, key);
    if (first < 0) return null;
    let value = list[first + 1] as string;
    for (let at = first + 2; at < list.length; at += 2) {
      if (list[at] === key) value += `, ${list[at + 1]}`;
    }
    return value;
  }

  /** Every value of `Set-Cookie`, apart; workerd's older name for `getSetCookie`. */
  getAll(name: string): string[] {
    if (headerName(name) !== "set-cookie") {
      throw new TypeError('getAll() can only be used with the header name "Set-Cookie".');
    }
    return this.getSetCookie();
  }

  getSetCookie(): string[] {
    const list = this.#list;
    const values: string[] = [];
    for (let at = 0; at < list.length; at += 2) {
      if (list[at] === "set-cookie") values.push(list[at + 1] as string);
    }
    return values;
  }

  has(name: string): boolean {
    return findName(this.#list, headerName(name)) >= 0;
  }

  set(name: string, value: string): void {
    const key = headerName(name);
    const text = headerValue(value);
    const list = this.#writable();
    const first = findName(list, key);
    if (first < 0) {
      list.push(key, text);
      return;
    }
    list[first + 1] = text;
    if (findName(list, key, first + 2) >= 0) {
      this.#list = [...list.slice(0, first + 2), ...withoutName(list.slice(first + 2), key)];
    }
  }

  forEach(
    callback: (value: string, name: string, headers: Headers) => void,
    thisArg?: unknown,
  ): void {
    if (typeof callback !== "function") {
      throw new TypeError("Headers.forEach: callback is not a function");
    }
    for (const [name, value] of this) callback.call(thisArg, value, name, this);
  }

  entries(): HeadersIterator<[string, string]> {
    return new HeadersIterator(
      () => this.#sortedPairs(),
      ([name, value]) => [name, value],
    );
  }

  keys(): HeadersIterator<string> {
    return new HeadersIterator(
      () => this.#sortedPairs(),
      (pair) => pair[0],
    );
  }

  values(): HeadersIterator<string> {
    return new HeadersIterator(
      () => this.#sortedPairs(),
      (pair) => pair[1],
    );
  }

  declare [Symbol.iterator]: () => HeadersIterator<[string, string]>;
  [inspect.custom](depth: number, options: InspectOptions): string {
    const pairs = Object.fromEntries(this.#sortedPairs());
    return `${this.constructor.name} ${inspect(pairs, { ...options, depth })}`;
  }

  /** The list, ours alone, after the guard agreed to a change. */
  #writable(): string[] {
    if (this.#guard === "immutable") throw new TypeError("Can't modify immutable headers.");
    if (!this.#owned) {
      this.#list = this.#list.slice();
      this.#owned = true;
    }
    this.#sorted = undefined;
    return this.#list;
  }

  #sortedPairs(): readonly [string, string][] {
    this.#sorted ??= sortedPairs(this.#list);
    return this.#sorted;
  }
}

/** Live, as Web IDL wants it: each step looks at the headers as they are by then. */
class HeadersIterator<T> implements IterableIterator<T> {
  #pairs: () => readonly [string, string][];
  #pick: (pair: readonly [string, string]) => T;
  #at = 0;

  constructor(
    pairs: () => readonly [string, string][],
    pick: (pair: readonly [string, string]) => T,
  ) {
    this.#pairs = pairs;
    this.#pick = pick;
  }

  next(): IteratorResult<T> {
    const pair = this.#pairs()[this.#at];
    if (pair === undefined) return { value: undefined, done: true };
    this.#at += 1;
    return { value: this.#pick(pair), done: false };
  }

  declare [Symbol.iterator]: () => IterableIterator<T>;
}

const iteratorPrototype = Object.getPrototypeOf(Object.getPrototypeOf([][Symbol.iterator]()));
Object.setPrototypeOf(HeadersIterator.prototype, iteratorPrototype);
Object.defineProperty(HeadersIterator.prototype, Symbol.toStringTag, {
  value: "Headers Iterator",
  configurable: true,
});
Object.defineProperty(Headers.prototype, Symbol.iterator, {
  value: Headers.prototype.entries,
  writable: true,
  configurable: true,
});

standInFor(Headers);

/** The list that `init` describes: ours to change, names and values checked. `what` says what is refused. */
export function listFromInit(init: unknown, what = CONSTRUCTOR_PARAMETER): string[] {
  if (typeof init !== "object" || init === null) {
    throw new TypeError(`${what} is not of type 'Headers or Sequence or object'.`);
  }
  if (isPlainHeaders(init)) return listOf(init).slice();
  const list: string[] = [];
  if (Symbol.iterator in init && init[Symbol.iterator] !== undefined) {
    for (const pair of init as Iterable<Iterable<unknown>>) {
      const [name, value, ...rest] = pair;
      if (value === undefined || rest.length > 0) {
        throw new TypeError(PAIRS);
      }
      list.push(headerName(name), headerValue(value));
    }
    return list;
  }
  const record = init as Record<string, unknown>;
  for (const name of Object.keys(record)) list.push(headerName(name), headerValue(record[name]));
  return list;
}

/** Not a subclass, whose iterator might say something else. */
function isPlainHeaders(value: object): value is Headers {
  return Object.getPrototypeOf(value) === Headers.prototype;
}

/** Asks the constructor for a list that somebody else will provide. */
const BORROW = {} as Record<string, string>;
const CONSTRUCTOR_PARAMETER = "Failed to construct 'Headers': constructor parameter 1";
const PAIRS =
  "To initialize a Headers object from a sequence, each inner sequence must have exactly two elements.";
