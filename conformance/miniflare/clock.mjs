// Time under a program's control: timers, and the clock they follow.
import { setImmediate as turn } from "node:timers/promises";

/** Turns of the event loop that let everything a timer started come to rest. */
const TURNS_AFTER_TIMER = 20;

/** Replaces `setTimeout`, `clearTimeout` and `Date.now` of this process until `restore()`. */
export class Clock {
  /** @param {number} now milliseconds @param {(line: string) => void} write */
  constructor(now, write) {
    this.now = now;
    this.write = write;
    /** @type {Timer[]} */
    this.timers = [];
    const { setTimeout, clearTimeout } = globalThis;
    this.replaced = { setTimeout, clearTimeout, now: Date.now };
    Object.assign(globalThis, {
      setTimeout: (...args) => this.#set(...args),
      clearTimeout: (timer) => this.#clear(timer),
    });
    Date.now = () => this.now;
  }

  restore() {
    const { setTimeout, clearTimeout, now } = this.replaced;
    Object.assign(globalThis, { setTimeout, clearTimeout });
    Date.now = now;
  }

  #set(callback, delay = 0, ...args) {
    const timer = new Timer(() => callback(...args), this.now + Math.max(delay, 0));
    this.timers.push(timer);
    this.write(`timer set: in ${delay} ms`);
    return timer;
  }

  #clear(timer) {
    const index = this.timers.indexOf(timer);
    if (index === -1) return;
    this.timers.splice(index, 1);
    this.write(`timer cleared: at +${timer.due - this.now} ms`);
  }

  /** Moves time on by `ms`, running what falls due in order and letting it come to rest. */
  async advance(ms) {
    const end = this.now + ms;
    for (;;) {
      const due = this.timers.filter((timer) => timer.due <= end);
      if (due.length === 0) break;
      const next = due.reduce((first, timer) => (timer.due < first.due ? timer : first));
      this.timers.splice(this.timers.indexOf(next), 1);
      this.now = Math.max(this.now, next.due);
      this.write(
        `timer fires: ${next.referenced ? "" : "unreferenced, "}${end - this.now} ms before the end`,
      );
      next.callback();
      await settle();
    }
    this.now = end;
    await settle();
  }
}

class Timer {
  constructor(callback, due) {
    this.callback = callback;
    this.due = due;
    this.referenced = true;
  }
  unref() {
    this.referenced = false;
    return this;
  }
  ref() {
    this.referenced = true;
    return this;
  }
  hasRef() {
    return this.referenced;
  }
}

/** Lets pending promises and gates run until nothing of them is left. */
export async function settle(turns = TURNS_AFTER_TIMER) {
  for (let i = 0; i < turns; i++) await turn();
}
