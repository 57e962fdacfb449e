/** An app in this process: a worker and its objects, without a port. */
import { type Attached, attach } from "./attach.js";
import type { CommitMode, Limits, NativeServer } from "./binding.js";
import { Clock, openClock } from "./clock.js";
import { SteadfastError } from "./errors.js";
import { runIn } from "./lane/context.js";
import { gatedResponse } from "./lane/gated.js";
import { setImmediate } from "./lane/hops.js";
import type { Lane } from "./lane/lane.js";
import { NOT_A_RESPONSE } from "./objects/deliver.js";

import { type AppOptions, definitionsOf } from "./options.js";

import { openServer, stopServer } from "./server.js";
import { runScheduled, type ScheduledOptions, type ScheduledResult } from "./services/scheduled.js";
import type { Service } from "./services/service.js";
import { incomingCf } from "./web/cf.js";
import {
  isRequest,
  Request,
  requestFromParts,
  requestHeaders,
  takeRequestBody,
} from "./web/request.js";
import type { RequestInit } from "./web/request-init.js";
import { asResponse, type Response } from "./web/response.js";

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
      const attached = await attach(native.token, definitionsOf(options), clock);
      return new Steadfast(native, attached, clock && new Clock(clock, attached.workers.lane));
    } catch (error) {
      await stopServer(native, 0);
      throw error;
    }
  }

  /** What the worker's `env` is; of several, the first's. */
  get env(): Record<string, unknown> {
    return this.#attached.workers.primary.env;
  }

  /** What `env` is in the worker with this name. */
  getBindings(worker?: string): Record<string, unknown> {
    return this.#service(worker).env;
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
    return this.#unlessStopped(() => this.#answer(input, init));
  }

  /**
   * Runs the `scheduled` handler of the worker, or of the one with a name. The promise resolves when it
   * has ended, with whether it succeeded, and everything it did is durable.
   */
  async scheduled(options: ScheduledOptions & { worker?: string } = {}): Promise<ScheduledResult> {
    const service = this.#service(options.worker);
    return this.#unlessStopped(async () => {
      const result = await enterLane(service.lane, () => runScheduled(service, options));
      await service.lane.outputGate(undefined);
      return result;
    });
  }

  #service(name: string | undefined): Service {
    const { primary, services } = this.#attached.workers;
    if (name === undefined) return primary;
    const found = services.find((each) => each.name === name);
    if (found !== undefined) return found;
    const names = services.map((each) => each.name).join(", ");
    throw new TypeError(`the app has no worker of this name: name="${name}" workers="${names}"`);
  }

  async #unlessStopped<T>(answer: () => Promise<T>): Promise<T> {
    if (this.#stopped !== undefined)
      throw new SteadfastError("ERR_STOPPED", "the app has been stopped");
    return new Promise((resolve, reject) => {
      this.#unanswered.add(reject);
      const forget = (): void => void this.#unanswered.delete(reject);
      answer().then(resolve, reject).finally(forget);
    });
  }

  async #answer(input: unknown, init: RequestInit | undefined): Promise<Response> {
    const given = init === undefined && isRequest(input) ? input : new Request(input, init);
    const body = takeRequestBody(given);
    const { method, url, cf = incomingCf } = given;
    const request = requestFromParts(method, url, requestHeaders(given), body, cf);
    const { lane, primary } = this.#attached.workers;
    const result = await enterLane(lane, () =>
      runIn(primary.context, () => primary.fetch(request)),
    );
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

/** Runs `code` in a turn of the lane. */
function enterLane<T>(lane: Lane, code: () => T | Promise<T>): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    lane.resume(undefined, () => {
      try {
        resolve(code());
      } catch (error) {
        reject(error);
      }
    });
  });
}
