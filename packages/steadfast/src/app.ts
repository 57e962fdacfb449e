/** An app in this process: a worker and its objects, without a port. */
import { type Attached, attach } from "./attach.js";
import type { CommitMode, Limits, NativeServer } from "./binding.js";
import { Clock, type ClockOptions, openClock } from "./clock.js";
import { SteadfastError } from "./errors.js";
import { runIn } from "./lane/context.js";
import { gatedResponse } from "./lane/gated.js";
import { setImmediate } from "./lane/hops.js";
import { NOT_A_RESPONSE } from "./objects/deliver.js";
import type { AssetsBinding } from "./platform/assets.js";
import { kvBindings } from "./platform/bindings.js";
import { openServer, stopServer } from "./server.js";
import {
  isRequest,
  Request,
  requestFromParts,
  requestHeaders,
  takeRequestBody,
} from "./web/request.js";
import type { RequestInit } from "./web/request-init.js";
import { asResponse, type Response } from "./web/response.js";

/** How an app is made. */
export interface AppOptions {
  /** The worker: a module, or just its default export. Without one, only `app.env` is of use. */
  worker?: object;
  /** Binding names and the classes behind them. */
  durableObjects?: Record<string, ObjectBinding>;
  /** Further bindings. */
  vars?: Record<string, unknown>;
  /** Names in `env` of KV namespaces: a list, or each with the id that its values are kept under. */
  kvNamespaces?: readonly string[] | Record<string, string>;
  /** Files that are answered before the worker is asked. */
  assets?: AssetsBinding;
  /** A directory, or `"memory"` (the default). */
  storage?: string;
  /** The worker's name: part of every id. Default empty. */
  name?: string;
  compatibilityDate?: string;
  compatibilityFlags?: string[];
  /** How long an idle object stays in memory. Default 10 s. */
  idleEvictionMs?: number;
  /**
   * Whose limits hold for what is stored. Default `"local"`, those of workerd on a disk;
   * `"production"` is narrower, above all for classes not declared to use SQLite.
   */
  limits?: Limits;
  /** A clock that {@link Steadfast.clock} moves, in place of the machine's. */
  clock?: ClockOptions;
  /** How commits become durable: `"log"`, the default, is faster; `"sqlite"` has one file and no log. */
  commit?: CommitMode;
}

type ObjectClass = abstract new (...args: never[]) => object;

/** A class, or a class with the settings of its namespace. */
export type ObjectBinding = ObjectClass | ObjectSettings;

interface ObjectSettings {
  class: ObjectClass;
  uniqueKey?: string;
  sqlite?: boolean;
  /** For how long its objects can go back in time, in milliseconds. Default: they cannot. */
  historyMs?: number;
}

export class Steadfast {
  readonly #native: NativeServer;
  readonly #attached: Attached;
  readonly #clock: Clock | undefined;
  readonly #unanswered = new Set<(error: Error) => void>();
  #stopped: Promise<void> | undefined;

  private constructor(native: NativeServer, attached: Attached, clock: Clock | undefined) {
    this.#native = native;
    this.#attached = attached;
    this.#clock = clock;
  }

  /** Starts an app whose code runs in this thread. */
  static async start(options: AppOptions): Promise<Steadfast> {
    const clock = options.clock === undefined ? undefined : openClock(options.clock);
    const native = openServer(
      { storage: options.storage ?? "memory", ...settingsOf(options) },
      clock,
    );
    try {
      const attached = await attach(native.token, definitionOf(options), clock);
      return new Steadfast(native, attached, clock && new Clock(clock, attached.workers.lane));
    } catch (error) {
      await stopServer(native, 0);
      throw error;
    }
  }

  /** What the worker's `env` is. */
  get env(): Record<string, unknown> {
    return this.#attached.workers.primary.env;
  }

  /** The clock of an app that was started with `clock`. */
  get clock(): Clock {
    if (this.#clock === undefined) {
      const message = 'the app lives by the machine\'s clock: start it with clock: "manual"';
      throw new SteadfastError("ERR_NO_CLOCK", message);
    }
    return this.#clock;
  }

  /**
   * Sends a request to the worker. The promise resolves when everything the response depends on is
   * durable; it rejects with what the worker throws.
   */
  async fetch(input: unknown, init?: RequestInit): Promise<Response> {
    if (this.#stopped !== undefined)
      throw new SteadfastError("ERR_STOPPED", "the app has been stopped");
    return new Promise((resolve, reject) => {
      this.#unanswered.add(reject);
      const forget = (): void => void this.#unanswered.delete(reject);
      this.#answer(input, init).then(resolve, reject).finally(forget);
    });
  }

  async #answer(input: unknown, init: RequestInit | undefined): Promise<Response> {
    const given = init === undefined && isRequest(input) ? input : new Request(input, init);
    const body = takeRequestBody(given);
    const request = requestFromParts(given.method, given.url, requestHeaders(given), body);
    const { lane, primary } = this.#attached.workers;
    const result = await new Promise<unknown>((resolve, reject) => {
      lane.resume(undefined, () => {
        try {
          resolve(runIn(primary.context, () => primary.fetch(request)));
        } catch (error) {
          reject(error);
        }
      });
    });
    const response = asResponse(result);
    if (response === undefined) throw new TypeError(NOT_A_RESPONSE);
    return gatedResponse(lane, response);
  }

  /**
   * Resets the objects, makes everything durable and releases the data. Requests the worker has not
   * answered by then are rejected.
   */
  stop(): Promise<void> {
    if (this.#stopped === undefined) {
      this.#attached.detach();
      this.#stopped = stopServer(this.#native, 0);
      // What has just become durable is told first.
      const refuse = (): void => void setImmediate(() => this.#refuse());
      this.#stopped.then(refuse, refuse);
    }
    return this.#stopped;
  }

  #refuse(): void {
    const message = "the app was stopped before the worker answered";
    for (const reject of this.#unanswered) reject(new SteadfastError("ERR_STOPPED", message));
  }
}

function settingsOf({ idleEvictionMs, limits, commit }: AppOptions): {
  idleEvictionMs?: number;
  limits?: Limits;
  commit?: CommitMode;
} {
  return {
    ...(idleEvictionMs !== undefined && { idleEvictionMs }),
    ...(limits !== undefined && { limits }),
    ...(commit !== undefined && { commit }),
  };
}

function definitionOf(options: AppOptions): Parameters<typeof attach>[1] {
  const name = options.name ?? "";
  const module: Record<string, unknown> = moduleOf(options.worker);
  const durableObjects = Object.entries(options.durableObjects ?? {}).map(([binding, given]) => {
    const settings: ObjectSettings = typeof given === "function" ? { class: given } : given;
    const { class: Class, sqlite = true, historyMs } = settings;
    module[Class.name] = Class;
    const uniqueKey = settings.uniqueKey ?? `${name}-${Class.name}`;
    const history = historyMs === undefined ? {} : { historyMs };
    return { binding, className: Class.name, uniqueKey, sqlite, ...history };
  });
  return {
    module,
    name,
    durableObjects,
    vars: options.vars ?? {},
    kvNamespaces: kvBindings(options.kvNamespaces ?? []),
    ...(options.assets !== undefined && { assets: options.assets }),
    ...(options.compatibilityDate !== undefined && {
      compatibilityDate: options.compatibilityDate,
    }),
    ...(options.compatibilityFlags !== undefined && {
      compatibilityFlags: options.compatibilityFlags,
    }),
  };
}

function moduleOf(worker: object | undefined): Record<string, unknown> {
  if (worker === undefined) return {};
  return "default" in worker ? { ...worker } : { default: worker };
}
