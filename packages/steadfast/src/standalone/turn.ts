/** The open turn of a store of ours: what is written until its end is one commit. */
import type { Disk } from "../backed/index.cjs";
import type { OpenStores } from "./open-stores.js";
import type { OwnAlarm } from "./own-alarm.js";

// As they are now: tests put others into their places.
const { nextTick } = process;
const enqueue = queueMicrotask;

/** Ends when no microtask is left to run. */
export class Turn {
  readonly #stores: OpenStores;
  readonly #alarm: OwnAlarm;
  /** Settles the promise of the turn; there while it is open. */
  #settle: ((committed: Promise<void>) => void) | undefined;
  #last = Promise.resolve();
  /** What must not be closed before the turn has ended. */
  #disk: Disk | undefined;

  constructor(stores: OpenStores, alarm: OwnAlarm) {
    this.#stores = stores;
    this.#alarm = alarm;
  }

  /** Opens the turn unless it is open; resolves when it is durable. */
  begin(): Promise<void> {
    if (this.#settle !== undefined) return this.#last;
    this.#last = new Promise((resolve) => {
      this.#settle = resolve;
    });
    this.#disk = this.#stores.current.disk;
    this.#disk.beforeClose.add(this.end);
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
    this.#disk?.beforeClose.delete(this.end);
    settle(this.#commit());
  };

  async #commit(): Promise<void> {
    const { current } = this.#stores;
    const position = current.commit();
    const dueMs = this.#alarm.committed();
    await current.disk.durable(position);
    await this.#alarm.tell(dueMs);
  }
}
