/** `ctx`: an object's view of itself. */
import { AsyncResource } from "node:async_hooks";
import { fromNative, messageOf, standardClass } from "../errors.js";
import type { Activation } from "../lane/activation.js";
import { type Context, currentContext, runIn } from "../lane/context.js";
import type { Lane } from "../lane/lane.js";
import {
  acceptWebSocket,
  getAutoResponse,
  getAutoResponseTimestamp,
  getEventTimeout,
  getTags,
  getWebSockets,
  setAutoResponse,
  setEventTimeout,
} from "../sockets/hibernation.js";
import type { WebSocketRequestResponsePair } from "../sockets/request-response-pair.js";
import type { WebSocket } from "../sockets/web-socket.js";
import {
  illegalConstructor,
  illegalInvocation,
  isOptions,
  tag,
  wrongArgument,
} from "./arguments.js";
import { type DurableObjectFacets, makeFacets } from "./facets.js";
import type { DurableObjectId } from "./id.js";
import type { DurableObjectStorage } from "./storage.js";

/** The current context if it is the activation's, else one of no section. */
export function contextOf(activation: Activation): Context {
  const current = currentContext();
  return current?.activation === activation ? current : { activation, section: 0, depth: 0 };
}

/** Only whoever has this may make a state. */
const MAKER = Symbol("maker");

let isState: (value: unknown) => value is DurableObjectState;

export class DurableObjectState {
  /** Child objects that live in this one. */
  readonly facets: DurableObjectFacets;
  /** There are no containers. */
  readonly container = undefined;
  readonly storage: DurableObjectStorage;
  readonly id: DurableObjectId | string;
  readonly props: unknown;
  /** The Worker's own entry points and classes; there from compatibility date 2025-11-17. */
  declare readonly exports?: object;
  readonly #lane: Lane;
  readonly #activation: Activation;

  static {
    isState = (value): value is DurableObjectState =>
      typeof value === "object" && value !== null && #lane in value;
  }

  /** @internal */
  constructor(
    lane: Lane,
    activation: Activation,
    storage: DurableObjectStorage,
    props: unknown,
    exports: object | undefined,
    maker?: typeof MAKER,
  ) {
    if (maker !== MAKER) throw illegalConstructor();
    this.storage = storage;
    this.facets = makeFacets(activation);
    activation.facets = this.facets;
    this.id = activation.shownId;
    this.props = props;
    if (exports !== undefined) this.exports = exports;
    this.#lane = lane;
    this.#activation = activation;
  }

  /** Keeps the object in memory until the promise settles. Never delays a response. */
  waitUntil(promise: unknown): void;
  waitUntil(...given: unknown[]): void {
    if (!isState(this)) throw illegalInvocation();
    if (given.length === 0) throw wrongArgument("waitUntil", "DurableObjectState", 1, "Promise");
    this.#activation.waitUntil(given[0]);
  }

  /** Runs `callback` while nothing else is delivered to the object. If it fails, the object is reset. */
  blockConcurrencyWhile<T>(callback: () => T | Promise<T>): Promise<T> {
    if (!isState(this)) throw illegalInvocation();
    if (typeof callback !== "function") {
      const error = wrongArgument("blockConcurrencyWhile", "DurableObjectState", 1, "function");
      return Promise.reject(error);
    }
    const lane = this.#lane;
    const activation = this.#activation;
    const context = contextOf(activation);
    const scope = new AsyncResource("blockConcurrencyWhile");
    const fail = (error: unknown): void => {
      lane.reset(activation, standardClass(error), messageOf(error));
    };
    return new Promise<T>((resolve, reject) => {
      const start = (section: number): void => {
        const inside: Context = { activation, section, depth: context.depth };
        const succeed = (value: T): void => {
          // In a turn of its own, so that what the section wrote is committed when its caller goes on.
          lane.resume(inside, () => {
            lane.native.endSection(activation.number, section);
            resolve(value);
          });
        };
        const run = (): void => {
          try {
            Promise.resolve(callback()).then(succeed, fail);
          } catch (error) {
            fail(error);
          }
        };
        scope.runInAsyncScope(runIn, undefined, inside, run);
      };
      try {
        lane.section(context, start);
      } catch (error) {
        reject(fromNative(error));
      }
    });
  }

  /** Takes a socket whose events are this object's from now on: it may leave memory meanwhile. */
  acceptWebSocket(ws: WebSocket, tags?: string[]): void;
  acceptWebSocket(...given: unknown[]): void {
    if (!isState(this)) throw illegalInvocation();
    acceptWebSocket(this.#activation, given);
  }

  /** Its sockets, the newest first; with a tag those that have it, the oldest first. */
  getWebSockets(tag?: string): WebSocket[] {
    if (!isState(this)) throw illegalInvocation();
    return getWebSockets(this.#activation, tag);
  }

  /** The tags a socket was accepted with. */
  getTags(ws: WebSocket): string[] {
    if (!isState(this)) throw illegalInvocation();
    return getTags(ws);
  }

  /** Answers a text without waking the object; nothing removes the answer. */
  setWebSocketAutoResponse(pair?: WebSocketRequestResponsePair): void {
    if (!isState(this)) throw illegalInvocation();
    setAutoResponse(this.#activation, pair);
  }

  getWebSocketAutoResponse(): WebSocketRequestResponsePair | null {
    if (!isState(this)) throw illegalInvocation();
    return getAutoResponse(this.#activation);
  }

  /** When that answer was last sent by a socket. */
  getWebSocketAutoResponseTimestamp(ws: WebSocket): Date | null {
    if (!isState(this)) throw illegalInvocation();
    return getAutoResponseTimestamp(ws);
  }

  /** For how long a handler of an event of a socket may run; nothing or 0 for as long as it likes. */
  setHibernatableWebSocketEventTimeout(timeoutMs?: number): void {
    if (!isState(this)) throw illegalInvocation();
    setEventTimeout(this.#activation, timeoutMs);
  }

  getHibernatableWebSocketEventTimeout(): number | null {
    if (!isState(this)) throw illegalInvocation();
    return getEventTimeout(this.#activation);
  }

  /**
   * Discards the object's memory and what its turn has written. An alarm that is running is retried
   * unless `retryAlarm` is `false`. Never returns.
   */
  abort(reason?: unknown, options?: { retryAlarm?: boolean }): never {
    if (!isState(this)) throw illegalInvocation();
    if (!isOptions(options)) throw wrongArgument("abort", "DurableObjectState", 2, "AbortOptions");
    const retryAlarm = options?.retryAlarm === undefined || Boolean(options.retryAlarm);
    const message =
      reason === undefined ? "Application called abort() to reset Durable Object." : String(reason);
    if (this.#activation.ended === undefined) {
      this.#lane.reset(this.#activation, "Error", message, retryAlarm);
    }
    throw this.#activation.ended ?? new Error(message);
  }
}

tag(DurableObjectState, "DurableObjectState");

/** `ctx` of an activation. */
export function makeState(
  lane: Lane,
  activation: Activation,
  storage: DurableObjectStorage,
  props: unknown,
  exports?: object,
): DurableObjectState {
  return new DurableObjectState(lane, activation, storage, props, exports, MAKER);
}
