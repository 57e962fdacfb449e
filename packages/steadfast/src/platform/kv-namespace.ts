/** KV namespaces as user code holds them. The values are in an object of the runtime's own. */
import {
  illegalConstructor,
  illegalInvocation,
  isOptions,
  tag,
  toText,
  wrongArgument,
} from "../objects/arguments.js";
import type { KvMethods, KvRecord } from "./kv-object.js";

/** How a value is read. */
type ValueType = "text" | "json" | "arrayBuffer" | "stream";

interface GetOptions {
  readonly type?: unknown;
  readonly cacheTtl?: unknown;
}

interface PutOptions {
  readonly expiration?: unknown;
  readonly expirationTtl?: unknown;
  readonly metadata?: unknown;
}

interface ListOptions {
  readonly prefix?: unknown;
  readonly limit?: unknown;
  readonly cursor?: unknown;
}

/** A value and what was stored beside it. */
interface ValueWithMetadata {
  readonly value: unknown;
  readonly metadata: unknown;
  /** There are no caches between here and the values. */
  readonly cacheStatus?: null;
}

const KEY_BYTES_MAX = 512;
const VALUE_BYTES_MAX = 25 * 1024 * 1024;
const METADATA_BYTES_MAX = 1024;
const CACHE_TTL_SECONDS_MIN = 30;
const LIST_KEYS_MAX = 1000;
const BULK_KEYS_MAX = 100;
const INT_MAX = 2 ** 31 - 1;

const CLASS_NAME = "KvNamespace";

/** Only whoever has this may make a namespace. */
const MAKER = Symbol("maker");

let isNamespace: (value: unknown) => value is KvNamespace;

export class KvNamespace {
  readonly #object: () => KvMethods;

  static {
    isNamespace = (value): value is KvNamespace =>
      typeof value === "object" && value !== null && #object in value;
  }

  /** @internal */
  constructor(object: () => KvMethods, maker?: typeof MAKER) {
    if (maker !== MAKER) throw illegalConstructor();
    this.#object = object;
  }

  /** The value of a key, or a map of the values of several; `null` for a key without one. */
  async get(...given: unknown[]): Promise<unknown> {
    if (!isNamespace(this)) throw illegalInvocation();
    const { keys, options } = readArguments("get", given);
    if (Array.isArray(keys)) {
      const found = await this.#getMany(keys, options);
      return new Map(keys.map((key, at) => [key, found[at]?.value ?? null]));
    }
    return (await this.#getOne(keys, options)).value;
  }

  /** The same, with what was stored beside it. */
  async getWithMetadata(...given: unknown[]): Promise<unknown> {
    if (!isNamespace(this)) throw illegalInvocation();
    const { keys, options } = readArguments("getWithMetadata", given);
    if (!Array.isArray(keys)) return this.#getOne(keys, options);
    const found = await this.#getMany(keys, options);
    return new Map(keys.map((key, at) => [key, found[at]]));
  }

  async #getOne(key: string, options: GetOptions): Promise<ValueWithMetadata> {
    checkKey("GET", key);
    checkCacheTtl("GET", options);
    const type = options.type === undefined ? "text" : toText(options.type);
    if (!isValueType(type)) throw new TypeError(UNKNOWN_TYPE);
    const record = await this.#object().get(key, type === "text" || type === "json");
    if (record === null) return { value: null, metadata: null, cacheStatus: null };
    return { value: valueAs(type, record), metadata: metadataOf(record), cacheStatus: null };
  }

  async #getMany(keys: string[], options: GetOptions): Promise<(ValueWithMetadata | null)[]> {
    const refused = (status: number, why: string) => failed("GET_BULK", `${status} ${why}`);
    if (keys.length > BULK_KEYS_MAX) {
      throw refused(400, `You can request a maximum of ${BULK_KEYS_MAX} keys`);
    }
    if (keys.length === 0) throw refused(400, "You must request a minimum of 1 key");
    const type = options.type === undefined ? "text" : toText(options.type);
    if (type !== "text" && type !== "json") {
      throw refused(400, `"${type}" is not a valid type. Use "json" or "text"`);
    }
    checkCacheTtl("GET_BULK", options);
    for (const key of keys) {
      if (key === "") throw refused(400, "Key names must not be empty");
      checkKeyLength("GET_BULK", key);
    }
    const records = await this.#object().getMany(keys);
    if (records === null) throw refused(413, "Total size of request exceeds the limit of 25MB");
    try {
      return records.map((record) =>
        record === null ? null : { value: valueAs(type, record), metadata: metadataOf(record) },
      );
    } catch {
      throw refused(400, "At least one of the requested keys corresponds to a non-json value");
    }
  }

  /** Writes a value; it goes at `expiration` or after `expirationTtl`, both in seconds. */
  async put(...given: unknown[]): Promise<void> {
    if (!isNamespace(this)) throw illegalInvocation();
    if (given.length === 0) throw wrongArgument("put", CLASS_NAME, 1, "string");
    const key = toText(given[0]);
    if (given.length === 1) throw wrongArgument("put", CLASS_NAME, 2, "string or JsObject");
    if (!isOptions(given[2])) throw wrongArgument("put", CLASS_NAME, 3, "PutOptions");
    const options = (given[2] ?? {}) as PutOptions;
    const expiration = toInt(options.expiration);
    const expirationTtl = toInt(options.expirationTtl);
    const { metadata } = options;
    const json = metadata === undefined || metadata === null ? undefined : jsonOf(metadata);
    checkKey("PUT", key);
    const value = await bytesOrText(given[1]);
    const bytes = typeof value === "string" ? Buffer.byteLength(value) : value.byteLength;
    if (bytes > VALUE_BYTES_MAX) {
      throw failed("PUT", `413 Value length of ${bytes} exceeds limit of ${VALUE_BYTES_MAX}.`);
    }
    const refused = await this.#object().put({
      key,
      value,
      metadata: json,
      expiration,
      expirationTtl,
    });
    if (refused !== null) throw failed("PUT", refused);
  }

  /** Deletes a key; one that does not exist is no error. */
  async delete(...given: unknown[]): Promise<void> {
    if (!isNamespace(this)) throw illegalInvocation();
    if (given.length === 0) throw wrongArgument("delete", CLASS_NAME, 1, "string");
    const key = toText(given[0]);
    checkKey("DELETE", key);
    await this.#object().delete(key);
  }

  /** Keys in the order of their bytes, at most a thousand at a time. */
  async list(...given: unknown[]): Promise<unknown> {
    if (!isNamespace(this)) throw illegalInvocation();
    if (!isOptions(given[0])) throw wrongArgument("list", CLASS_NAME, 1, "ListOptions");
    const { prefix, limit, cursor } = (given[0] ?? {}) as ListOptions;
    const start = prefix === undefined || prefix === null ? "" : toText(prefix);
    checkKeyLength("GET", start);
    const number = toInt(limit) ?? 0;
    if (number > LIST_KEYS_MAX) {
      const must = `Please specify an integer less than ${LIST_KEYS_MAX}.`;
      throw failed("GET", `400 Invalid key_count_limit of ${number}. ${must}`);
    }
    const after =
      cursor === undefined || cursor === null || cursor === ""
        ? undefined
        : Buffer.from(toText(cursor), "base64").toString();
    const { keys, complete } = await this.#object().list(
      start,
      after,
      number > 0 ? number : LIST_KEYS_MAX,
    );
    const last = keys.at(-1)?.name ?? "";
    return {
      keys: keys.map(({ name, expiration, metadata }) => ({
        name,
        ...(expiration !== undefined && { expiration }),
        ...(metadata !== undefined && { metadata: JSON.parse(metadata) as unknown }),
      })),
      list_complete: complete,
      ...(!complete && { cursor: Buffer.from(last).toString("base64") }),
      cacheStatus: null,
    };
  }
}

tag(KvNamespace, CLASS_NAME);

/** A namespace whose values are with the object that `object` makes a stub of. */
export function makeKvNamespace(object: () => KvMethods): KvNamespace {
  return new KvNamespace(object, MAKER);
}

function readArguments(
  method: string,
  given: unknown[],
): { keys: string | string[]; options: GetOptions } {
  if (given.length === 0) throw wrongArgument(method, CLASS_NAME, 1, "string or Array");
  const keys = Array.isArray(given[0]) ? given[0].map(toText) : toText(given[0]);
  const second = given[1];
  const options = typeof second === "string" ? { type: second } : second;
  if (!isOptions(options)) throw wrongArgument(method, CLASS_NAME, 2, "string or GetOptions");
  return { keys, options: options ?? {} };
}

const UNKNOWN_TYPE =
  'Unknown response type. Possible types are "text", "arrayBuffer", "json", and "stream".';
const WRONG_VALUE =
  "KV put() accepts only strings, ArrayBuffers, ArrayBufferViews, and ReadableStreams as values.";

function isValueType(type: string): type is ValueType {
  return type === "text" || type === "json" || type === "arrayBuffer" || type === "stream";
}

function valueAs(type: ValueType, { value }: KvRecord): unknown {
  switch (type) {
    case "text":
      return value;
    case "json":
      return JSON.parse(value as string);
    case "arrayBuffer":
      return new Uint8Array(value as Uint8Array).buffer;
    case "stream":
      return new Response(value as Uint8Array<ArrayBuffer>).body;
  }
}

function metadataOf({ metadata }: KvRecord): unknown {
  return metadata === undefined ? null : JSON.parse(metadata);
}

async function bytesOrText(value: unknown): Promise<string | Uint8Array> {
  if (value instanceof ArrayBuffer) return new Uint8Array(value);
  if (ArrayBuffer.isView(value)) {
    return new Uint8Array(value.buffer, value.byteOffset, value.byteLength);
  }
  if (value instanceof ReadableStream) {
    return new Uint8Array(await new Response(value).arrayBuffer());
  }
  if (typeof value === "object" && value !== null) throw new TypeError(WRONG_VALUE);
  return toText(value);
}

/** What was given as JSON; `undefined` for what JSON does not know. */
function jsonOf(metadata: unknown): string | undefined {
  const json = JSON.stringify(metadata) as string | undefined;
  const bytes = Buffer.byteLength(json ?? "");
  if (bytes > METADATA_BYTES_MAX) {
    const exceeds = `exceeds limit of ${METADATA_BYTES_MAX}.`;
    throw failed("PUT", `413 Metadata length of ${bytes} ${exceeds}`);
  }
  return json;
}

function toInt(value: unknown): number | undefined {
  if (value === undefined) return undefined;
  const number = Math.trunc(Number(value));
  if (Number.isNaN(number)) return 0;
  if (number > INT_MAX || number < -INT_MAX - 1) {
    const between = `between ${-INT_MAX - 1} and ${INT_MAX} (inclusive)`;
    throw new TypeError(`Value out of range. Must be ${between}.`);
  }
  return number;
}

function checkKey(operation: string, key: string): void {
  if (key === "") throw new TypeError("Key name cannot be empty.");
  if (key === "." || key === "..") throw new TypeError(`"${key}" is not allowed as a key name.`);
  checkKeyLength(operation, key);
}

function checkKeyLength(operation: string, key: string): void {
  const bytes = Buffer.byteLength(key);
  if (bytes <= KEY_BYTES_MAX) return;
  const exceeds = `exceeds key length limit of ${KEY_BYTES_MAX}.`;
  throw failed(operation, `414 UTF-8 encoded length of ${bytes} ${exceeds}`);
}

function checkCacheTtl(operation: string, { cacheTtl }: GetOptions): void {
  const seconds = toInt(cacheTtl);
  if (seconds === undefined || seconds >= CACHE_TTL_SECONDS_MIN) return;
  const must = `Cache TTL must be at least ${CACHE_TTL_SECONDS_MIN}.`;
  throw failed(operation, `400 Invalid cache_ttl of ${seconds}. ${must}`);
}

function failed(operation: string, why: string): Error {
  return new Error(`KV ${operation} failed: ${why}`);
}
