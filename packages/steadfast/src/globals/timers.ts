/**
 * Timers of objects: each callback is delivered through the object's input gate, in a turn of its
 * own, and a pending timer keeps the object in memory. Outside an object the platform's timers run.
 */
import { AsyncResource } from "node:async_hooks";
import { performance } from "node:perf_hooks";
import { Background, type NativeClock } from "../binding.js";
import type { Activation } from "../lane/activation.js";
import { type Context, currentContext } from "../lane/context.js";
import * as hops from "../lane/hops.js";
import { DueOrder } from "./due-order.js";

type Callback = (...args: unknown[]) => void;

/** Timers of objects by number: user code may hold either. */
const timers = new Map<number, ObjectTimer>();
/** Above what Node numbers its own timers with, so that a number says whose it is. */
let lastNumber = 2 ** 40;

/**
 * What an object's `setTimeout` returns. It behaves as Node's own timers do, because Node's `fetch`
 * and many packages expect that; as a primitive it is a number, as in production.
 */
class ObjectTimer {
  readonly number = ++lastNumber;
  readonly #controls: { stop(): void; restart(): void };

  constructor(controls: { stop(): void; restart(): void }) {
    this.#controls = controls;
  }

  close(): this {
    this.#controls.stop();
    return this;
  }

  refresh(): this {
    this.#controls.restart();
    return this;
  }

  ref(): this {
    return this;
  }

  unref(): this {
    return this;
  }

  hasRef(): boolean {
    return true;
  }

  [Symbol.toPrimitive](): number {
    return this.number;
  }
}

/** Replaces the timer functions in `scope`. */
export function installTimers(scope: typeof globalThis): void {
  const platform = {
    setTimeout: scope.setTimeout,
    setInterval: scope.setInterval,
    clearTimeout: scope.clearTimeout,
    clearInterval: scope.clearInterval,
  };
  const starting = (name: "setTimeout" | "setInterval") =>
    function start(callback: Callback, delay?: number, ...args: unknown[]): unknown {
      const context = currentContext();
      if (context === undefined || typeof callback !== "function") {
        return platform[name](callback as () => void, delay, ...(args as []));
      }
      return startTimer(context, () => callback(...args), delay, name === "setInterval");
    };
  const stopping = (name: "clearTimeout" | "clearInterval") =>
    function stop(timer: unknown): void {
      const ours = timer instanceof ObjectTimer ? timer : timerNumbered(timer);
      if (ours === undefined) platform[name](timer as NodeJS.Timeout);
      else ours.close();
    };
  const replacements = {
    setTimeout: starting("setTimeout"),
    setInterval: starting("setInterval"),
    clearTimeout: stopping("clearTimeout"),
    clearInterval: stopping("clearInterval"),
  };
  for (const [name, value] of Object.entries(replacements)) {
    Object.defineProperty(scope, name, {
      value,
      writable: true,
      enumerable: true,
      configurable: true,
    });
  }
}

/** The object's timer that `timer` is the number of. Node's own timers can be read as numbers too. */
function timerNumbered(timer: unknown): ObjectTimer | undefined {
  return typeof timer === "number" || typeof timer === "string"
    ? timers.get(Number(timer))
    : undefined;
}

function startTimer(
  context: Context,
  run: () => void,
  delay: number | undefined,
  repeat: boolean,
): ObjectTimer {
  const { activation } = context;
  const { lane } = activation;
  const nothing = (): void => undefined;
  if (activation.ended !== undefined) return new ObjectTimer({ stop: nothing, restart: nothing });
  const scope = new AsyncResource("Timeout");
  let stopped = false;
  let delivering = false;
  const stop = (): void => {
    if (stopped) return;
    stopped = true;
    timers.delete(timer.number);
    forget();
    cancel();
    if (activation.ended === undefined)
      lane.native.endBackground(activation.number, Background.Timer);
  };
  const deliver = (): void => {
    delivering = false;
    if (stopped) return;
    if (!repeat) stop();
    scope.runInAsyncScope(guarded, undefined, run);
  };
  const fire = (): void => {
    if (repeat) cancel = startOn(undefined);
    if (delivering) return;
    delivering = true;
    lane.resume(context, deliver);
  };
  // The lane's own clock delivers what it fires.
  const fireOnClock = (): void => {
    if (repeat && !stopped) cancel = startOn(lane.clock);
    deliver();
  };
  const startOn = (clock: NativeClock | undefined): (() => void) => {
    if (clock === undefined) {
      return startInOrder(activation, fire, delay);
    }
    const token = lane.startTimer(context, wholeMs(delay, repeat), fireOnClock);
    return () => lane.stopTimer(token);
  };
  const restart = (): void => {
    if (stopped) return;
    cancel();
    cancel = startOn(lane.clock);
  };
  const timer = new ObjectTimer({ stop, restart });
  const forget = activation.onEnd(stop);
  let cancel = startOn(lane.clock);
  lane.native.beginBackground(activation.number, Background.Timer);
  timers.set(timer.number, timer);
  return timer;
}

/** What waits of each object. */
const orders = new WeakMap<Activation, DueOrder>();
/** Counts what was started. */
let started = 0;

/** Starts a timer of Node's; what is due earlier is fired earlier. Returns what stops it. */
function startInOrder(activation: Activation, fire: () => void, delay: unknown): () => void {
  let order = orders.get(activation);
  if (order === undefined) {
    order = new DueOrder();
    orders.set(activation, order);
  }
  const waits = order;
  const ms = Number(delay);
  // As Node reads it.
  const delayMs = ms >= 1 && ms <= NODE_DELAY_MAX_MS ? Math.trunc(ms) : 1;
  const stop = (): void => {
    hops.clearTimeout(handle);
    waits.remove(timer);
  };
  const timer = {
    dueMs: nowOfTurn() + delayMs,
    number: ++started,
    fire: () => {
      hops.clearTimeout(handle);
      fire();
    },
  };
  const handle = hops.setTimeout(() => waits.fire(timer, performance.now()), delayMs);
  waits.add(timer);
  return stop;
}

const NODE_DELAY_MAX_MS = 2 ** 31 - 1;

let turnMs: number | undefined;

/** The time at which the code that runs now began, so that timers it sets keep the order of their delays. */
function nowOfTurn(): number {
  if (turnMs === undefined) {
    turnMs = performance.now();
    hops.nextTick(() => {
      turnMs = undefined;
    });
  }
  return turnMs;
}

/** A delay in whole milliseconds; what repeats takes some time. */
function wholeMs(delay: unknown, repeat: boolean): number {
  const ms = Math.trunc(Number(delay ?? 0));
  return Math.max(Number.isFinite(ms) ? ms : 0, repeat ? 1 : 0);
}

/** An exception in a timer callback is the object's own affair: it is logged, as in production. */
function guarded(run: () => void): void {
  try {
    run();
  } catch (error) {
    console.error("uncaught (in timer)", error);
  }
}
