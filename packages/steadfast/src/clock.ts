/** An app's clock, moved by hand. */
import { binding, type NativeClock, Rest } from "./binding.js";
import { type Duration, toMilliseconds } from "./duration.js";
import { SteadfastError } from "./errors.js";
import { clearTimeout, setTimeout } from "./lane/hops.js";
import type { Lane } from "./lane/lane.js";

/** How an app is given a clock that is moved by hand: it shows the present, or another time, at first. */
export type ClockOptions = "manual" | { now: number | Date | string };

/**
 * Time for the objects of one app. Alarms and their retries, idle eviction and limits follow it, and
 * inside objects `Date`, timers, `scheduler.wait`, `performance.now` and `AbortSignal.timeout` do too.
 */
export class Clock {
  readonly #native: NativeClock;
  readonly #lane: Lane;
  /** Advances run one after another. */
  #last: Promise<unknown> = Promise.resolve();
  /** Open events that were waited for in vain. */
  #ignored = 0;

  /** @internal */
  constructor(native: NativeClock, lane: Lane) {
    this.#native = native;
    this.#lane = lane;
  }

  /** The time of day, in milliseconds since the Unix epoch. */
  get now(): number {
    return this.#native.now();
  }

  /**
   * Moves time forward from one deadline to the next, has what is due there happen, and waits until it
   * has; then goes on. When the promise resolves, everything due by then has happened, in order.
   *
   * An event that waits for something else than time or another object (a real `fetch`, a file) gets a
   * second of real time; then time goes on without it. So does one that is never answered.
   */
  advance(by: Duration): Promise<void> {
    const ms = toMilliseconds(by);
    const advanced = this.#last.then(() => this.#advance(ms));
    this.#last = advanced.catch(() => undefined);
    return advanced;
  }

  async #advance(ms: number): Promise<void> {
    const end = this.#native.elapsed() + ms;
    await this.#settle();
    while (this.#native.step(end)) await this.#settle();
    await this.#settle();
  }

  /** Resolves when nothing happens before time moves on. */
  #settle(): Promise<void> {
    const lane = this.#lane;
    return new Promise((resolve, reject) => {
      let patience: ReturnType<typeof setTimeout> | undefined;
      const stop = (): void => {
        lane.onRest(undefined);
        if (patience !== undefined) clearTimeout(patience);
      };
      const finish = (open: number): void => {
        this.#ignored = open;
        stop();
        resolve();
      };
      const look = (): void => {
        const rest = lane.native.rest();
        const open = rest === Rest.Busy ? 0 : lane.native.openEvents();
        if (rest === Rest.Resting) finish(Math.min(open, this.#ignored));
        else if (rest === Rest.Outside && open <= this.#ignored) finish(open);
        else if (rest === Rest.Outside) {
          patience ??= setTimeout(() => finish(lane.native.openEvents()), PATIENCE_MS);
        }
      };
      lane.onRest(() => {
        try {
          look();
        } catch (cause) {
          // The lane has ended.
          stop();
          reject(new SteadfastError("ERR_STOPPED", "the app has been stopped", { cause }));
        }
      });
      lane.wake();
    });
  }
}

/** The addon's side of a clock. */
export function openClock(options: ClockOptions): NativeClock {
  if (options === "manual") return new binding.NativeClock(Date.now());
  const now = new Date(options.now).getTime();
  if (Number.isNaN(now))
    throw new TypeError(`the clock cannot show this time: ${String(options.now)}`);
  return new binding.NativeClock(now);
}

/** How long events that wait for something outside are waited for, in real time. */
const PATIENCE_MS = 1000;
