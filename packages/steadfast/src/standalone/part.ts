/** Which transactions running code is inside of. */
import { AsyncLocalStorage } from "node:async_hooks";

const inside = new AsyncLocalStorage<Part | undefined>();

let openFrom: (part: Part | undefined) => Part | undefined;

/**
 * Runs work inside of the closures that still run. Each promise holds on to what it was made inside of: of what
 * has ended, that would be one after the other.
 */
export function insideOpen<T>(work: () => T): T {
  const part = inside.getStore();
  const open = openFrom(part);
  return open === part ? work() : inside.run(open, work);
}

/** Runs what no closure has asked for, such as a timer, though one may run: it is inside of none. */
export function outside<T>(work: () => T): T {
  return inside.run(undefined, work);
}

/**
 * A closure of a transaction that runs. Whatever it calls finds it, however many awaits later, until it has
 * ended; so what the closure does to its storage belongs to the transaction.
 */
export class Part {
  static {
    openFrom = (part) => {
      let open = part;
      while (open !== undefined && !open.#isOpen) open = open.#around;
      return open;
    };
  }

  readonly #owner: object;
  #around = openFrom(inside.getStore());
  #isOpen = true;
  /** How many transactions were begun inside and have not ended. */
  #nested = 0;
  #lastNested: Promise<unknown> = Promise.resolve();

  /** `owner` is the storage. */
  constructor(owner: object) {
    this.#owner = owner;
  }

  /** The innermost one of a storage that the running code is inside of. */
  static of<P extends Part>(owner: object, Kind: new (...given: never[]) => P): P | undefined {
    let part = openFrom(inside.getStore());
    while (part !== undefined) {
      if (part.#owner === owner && part instanceof Kind) return part;
      part.#around = openFrom(part.#around);
      part = part.#around;
    }
    return undefined;
  }

  /** Runs the closure, and what it has begun inside and not awaited. */
  async run<T>(closure: () => T | Promise<T>): Promise<T> {
    try {
      return await inside.run(this, closure);
    } finally {
      while (this.#nested > 0) await this.#lastNested;
      this.#isOpen = false;
    }
  }

  /** Runs a transaction inside, when those begun before have ended. */
  nest<T>(work: () => Promise<T>): Promise<T> {
    this.#nested += 1;
    const done = this.#lastNested.then(work).finally(() => {
      this.#nested -= 1;
    });
    // Whoever has begun it is told how it ended.
    this.#lastNested = done.catch(() => undefined);
    return done;
  }

  /** Throws while a transaction runs inside, which would be undone too. */
  requireInnermost(): void {
    if (this.#nested > 0) throw new Error(OUTER_ROLLBACK);
  }

  /** What is done inside from now on belongs to what is around. */
  leave(): void {
    this.#isOpen = false;
  }
}

const OUTER_ROLLBACK =
  "Cannot roll back an outer transaction while a nested transaction is still running.";
