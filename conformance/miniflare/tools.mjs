// What a program is given: the package under test, recorders, and a transcript to write.
import { createRequire } from "node:module";
import { setImmediate as turn } from "node:timers/promises";
import { Clock, settle } from "./clock.mjs";
import { PluginHost } from "./plugin-host.mjs";
import { Recorder } from "./recorder.mjs";
import { show, showError } from "./show.mjs";

/** One run of one program. */
export class Tools {
  /** @type {string[]} */
  lines = [];
  /** @type {Recorder[]} */
  recorders = [];
  /** @type {Clock | undefined} */
  clock;

  /**
   * @param {object} mf the exports of the package under test
   * @param {string} file where they come from, so that the packages beside are the ones it uses
   */
  constructor(mf, file) {
    const require = createRequire(file);
    this.mf = mf;
    this.core = require("@miniflare/core");
    this.shared = require("@miniflare/shared");
  }

  write = (line) => {
    this.lines.push(line);
  };

  /** Writes values; a string as it is. */
  log(...values) {
    this.write(values.map((value) => (typeof value === "string" ? value : show(value))).join(" "));
  }

  /** A recording backing; what it holds at the end is part of the transcript. */
  recorder(options) {
    const recorder = new Recorder(this.write, options);
    this.recorders.push(recorder);
    return recorder;
  }

  /** A storage over a new recorder, which is `t.backing` from then on. */
  storage({ bridge, ...options } = {}) {
    this.backing = this.recorder(options);
    return new this.mf.DurableObjectStorage(this.backing, bridge);
  }

  /** A storage that holds `entries` already, with nothing of that in the transcript. */
  async filled(entries, options) {
    const storage = this.storage({ ...options, quiet: true, fail: {} });
    await storage.put(entries);
    this.backing.forget(options);
    return storage;
  }

  /** An object's state over `storage`: the gates of `@miniflare/shared` and the package's own face. */
  state(storage, name = "TEST") {
    const namespace = new this.mf.DurableObjectNamespace(name, async () => undefined);
    return new this.mf.DurableObjectState(namespace.idFromName("name"), storage);
  }

  /** Runs `closure` as an event of the object: under its gates. */
  event(state, closure) {
    return state[this.mf._kRunWithGates](closure);
  }

  /**
   * Calls and awaits: `label -> value`, `label throws error` or `label rejects error`.
   * The label is the source of the call unless one is given first.
   */
  async call(...args) {
    await this.start(...args);
  }

  /** As `call` without waiting: the outcome is written when it comes. Never rejects. */
  start(...args) {
    const closure = args.pop();
    const label = args[0] ?? source(closure);
    let result;
    try {
      result = closure();
    } catch (error) {
      this.write(`${label} throws ${showError(error)}`);
      return Promise.resolve();
    }
    if (typeof result?.then !== "function") {
      this.write(`${label} returns ${show(result)}`);
      return Promise.resolve(result);
    }
    return result.then(
      (value) => {
        this.write(`${label} -> ${show(value)}`);
        return value;
      },
      (error) => this.write(`${label} rejects ${showError(error)}`),
    );
  }

  /** Runs a transaction; writes what came of it and how often its closure ran. */
  async runs(storage, label, closure) {
    let count = 0;
    await this.call(label, () => storage.transaction((txn) => closure(txn, ++count)));
    this.log(label, "ran", count);
  }

  /** A promise settled from outside. */
  deferred() {
    let resolve, reject;
    const promise = new Promise((...settlers) => {
      [resolve, reject] = settlers;
    });
    return { promise, resolve, reject };
  }

  /** Lets the event loop turn. */
  async turn(count = 1) {
    for (let i = 0; i < count; i++) await turn();
  }

  settle = settle;

  /** Time stands still from now on, until `t.clock.advance(ms)`. */
  fakeTime(now = 1_700_000_000_000) {
    this.clock = new Clock(now, this.write);
    return this.clock;
  }

  /** A plugin with a recording storage factory and log. */
  plugin(options, host) {
    return new PluginHost(this, options, host);
  }

  /** Ends the run: what is left on the backings, and time as it was. */
  async finish() {
    await settle(5);
    this.clock?.restore();
    for (const recorder of this.recorders) for (const line of recorder.dump()) this.write(line);
  }
}

function source(closure) {
  return closure
    .toString()
    .replace(/^(async )?\(\) => /, "")
    .replace(/\s+/g, " ");
}
