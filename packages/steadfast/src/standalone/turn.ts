/** The open turn of a store of ours: what is written until its end is one commit. */
import type { DiskStore } from "../backed/index.cjs";
import type { OwnAlarm } from "./own-alarm.js";

// As they are now: tests put others into their places.
const { nextTick } = process;
const enqueue = queueMicrotask;

/** Ends when no microtask is left to run. */
export class Turn {
  readonly #store: DiskStore;
  readonly #alarm: OwnAlarm;
  /** Settles the promise of the turn; there while it is open. */
  #settle: ((committed: Promise<void>) => void) | undefined;
  #last = Promise.resolve();

  constructor(store: DiskStore, alarm: OwnAlarm) {
    this.#store = store;
    this.#alarm = alarm;
  }

  /** Opens the turn unless it is open; resolves when it is durable. */
  begin(): Promise<void> {
    if (this.#settle !== undefined) return this.#last;
    this.#last = new Promise((resolve) => {
      this.#settle = resolve;
    });
    this.#store.disk.beforeClose.add(this.end);
    enqueue(() => nextTick(this.end));
    return this.#last;
  }

  /** Resolves when the last turn is durable. */
  durable(): Promise<void> {
    return this.#last;
  }

  /** Commits what the turn has written. */
  readonly end = (): void => {
    const settle = this.#settle;
    if (settle === undefined) return;
    this.#settle = undefined;
    this.#store.disk.beforeClose.delete(this.end);
    settle(this.#commit());
  };

  async #commit(): Promise<void> {
    await this.#store.disk.durable(this.#store.commit());
    await this.#alarm.tell();
  }
}
