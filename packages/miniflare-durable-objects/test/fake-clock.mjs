/** A clock moved by hand in place of the global timers, put back when the test `t` ends. */
export class FakeClock {
  now;
  /** Timers that run, and whether they keep a process alive. */
  timers = new Map();
  #next = 1;

  constructor(t, now = 1_000_000) {
    this.now = now;
    const { setTimeout, clearTimeout } = globalThis;
    const dateNow = Date.now;
    Date.now = () => this.now;
    globalThis.setTimeout = (callback, delay) => this.#start(callback, delay);
    globalThis.clearTimeout = (timer) => this.timers.delete(timer);
    t.after(() => this.#putBack(setTimeout, clearTimeout, dateNow));
  }

  /** When timers are due, from now, with `*` for those that keep no process alive. */
  get due() {
    const timers = [...this.timers.values()];
    return timers.map(({ at, kept }) => `${at - this.now}${kept ? "" : "*"}`);
  }

  /** Moves time, running what becomes due in order; lets promises settle after each. */
  async pass(ms) {
    const end = this.now + ms;
    for (;;) {
      const due = [...this.timers].filter(([, { at }]) => at <= end);
      due.sort(([, a], [, b]) => a.at - b.at || a.number - b.number);
      if (due.length === 0) break;
      const [timer, { at, callback }] = due[0];
      this.timers.delete(timer);
      this.now = Math.max(this.now, at);
      callback();
      await settled();
    }
    this.now = end;
    await settled();
  }

  #start(callback, delay) {
    const entry = { at: this.now + delay, callback, kept: true, number: this.#next++ };
    const timer = {
      unref() {
        entry.kept = false;
        return timer;
      },
    };
    this.timers.set(timer, entry);
    return timer;
  }

  #putBack(setTimeout, clearTimeout, dateNow) {
    Object.assign(globalThis, { setTimeout, clearTimeout });
    Date.now = dateNow;
  }
}

/** Lets everything that waits for promises alone go on. */
export async function settled() {
  for (let turn = 0; turn < 10; turn++) await new Promise((resolve) => setImmediate(resolve));
}
