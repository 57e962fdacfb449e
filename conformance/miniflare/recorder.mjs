// A backing storage that writes every call into the transcript and can fail or be slow on demand.
import { createRequire } from "node:module";
import { setImmediate as turn } from "node:timers/promises";
import { shorten, show, showBytes } from "./show.mjs";

const require = createRequire(import.meta.url);
const { Storage } = require("@miniflare/shared");
const { MemoryStorage } = require("@miniflare/storage-memory");

/**
 * @typedef {object} RecorderOptions
 * @property {string} [name] how its calls are named; `backing` if not given
 * @property {Record<string, number[]>} [fail] for a method, the numbers of the calls that throw, from 1
 * @property {number} [turns] event loop turns each call takes
 * @property {boolean} [single] batches are left to the base class, so each key is a call of its own
 * @property {boolean} [quiet] nothing is written into the transcript
 */

/** `@miniflare/storage-memory` behind a recorder; batches are calls of their own. */
export class Recorder extends Storage {
  /** @param {(line: string) => void} write @param {RecorderOptions} options */
  constructor(write, options = {}) {
    super();
    this.map = new Map();
    this.inner = new MemoryStorage(this.map);
    this.name = options.name ?? "backing";
    this.fail = options.fail ?? {};
    this.turns = options.turns ?? 0;
    this.quiet = options.quiet ?? false;
    this.write = write;
    this.counts = {};
    if (options.single) Object.assign(this, singleCalls(this));
  }

  /** Counts and records from here on. */
  forget({ fail = {}, quiet = false } = {}) {
    this.fail = fail;
    this.quiet = quiet;
    this.counts = {};
  }

  async call(method, args, perform) {
    const count = (this.counts[method] ?? 0) + 1;
    this.counts[method] = count;
    if (!this.quiet) this.write(`${this.name} ${method}(${args.map(showArgument).join(", ")})`);
    for (let i = 0; i < this.turns; i++) await turn();
    if (this.fail[method]?.includes(count))
      throw new Error(`${this.name} failed: ${method} ${count}`);
    return perform();
  }

  has(...args) {
    return this.call("has", args, () => this.inner.has(...args));
  }
  hasMany(...args) {
    return this.call("hasMany", args, () => this.inner.hasMany(...args));
  }
  head(...args) {
    return this.call("head", args, () => this.inner.head(...args));
  }
  get(...args) {
    return this.call("get", args, () => this.inner.get(...args));
  }
  getMany(...args) {
    return this.call("getMany", args, () => this.inner.getMany(...args));
  }
  getRange(...args) {
    return this.call("getRange", args, () => this.inner.getRange(...args));
  }
  put(...args) {
    return this.call("put", args, () => this.inner.put(...args));
  }
  putMany(...args) {
    return this.call("putMany", args, () => this.inner.putMany(...args));
  }
  delete(...args) {
    return this.call("delete", args, () => this.inner.delete(...args));
  }
  deleteMany(...args) {
    return this.call("deleteMany", args, () => this.inner.deleteMany(...args));
  }
  list(...args) {
    return this.call("list", args, () => this.inner.list(...args));
  }

  /** What it holds, one line per key: the bytes and the metadata. */
  dump() {
    return [...this.map.entries()]
      .sort(([a], [b]) => Buffer.compare(Buffer.from(a), Buffer.from(b)))
      .map(([key, { value, metadata, expiration }]) => {
        const rest = metadata || expiration ? ` ${show({ metadata, expiration })}` : "";
        return `${this.name} holds ${show(key)} = ${showBytes(value)}${rest}`;
      });
  }
}

/** The batch methods of the base class, which go through the single ones. */
function singleCalls(recorder) {
  const methods = ["hasMany", "getMany", "putMany", "deleteMany"];
  return Object.fromEntries(methods.map((name) => [name, Storage.prototype[name].bind(recorder)]));
}

function showArgument(argument) {
  if (typeof argument === "string") return show(argument);
  if (Array.isArray(argument)) return `[${shortenList(argument.map(showArgument))}]`;
  if (argument?.value instanceof Uint8Array) {
    const { value, ...rest } = argument;
    const others = Object.keys(rest).length > 0 ? ` ${show(rest)}` : "";
    return `<${showBytes(value)}${others}>`;
  }
  if (argument && typeof argument === "object") return show(defined(argument));
  return String(argument);
}

/** Options that are undefined are the same as options not given. */
function defined(options) {
  const entries = Object.entries(options).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1)));
}

function shortenList(items) {
  return shorten(items.join(", "), 4000);
}
