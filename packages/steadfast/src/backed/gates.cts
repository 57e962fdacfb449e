/** What stands between an object's code and its storage, when anything does. */
import type { Transaction } from "./transaction.cjs";

/** How a call may pass its gates. */
export interface GateOptions {
  /** Let other events into the object meanwhile. */
  allowConcurrency?: boolean | undefined;
  /** Let what the object sends go out before the write is done. */
  allowUnconfirmed?: boolean | undefined;
}

/** Gates of an object. They wrap the whole call, the wait for the storage's lock included. */
export interface Gates {
  /** Runs work that reads. */
  read<T>(work: () => Promise<T>, options: GateOptions | undefined): Promise<T>;
  /** Runs work that writes; in a transaction, if one is given. */
  write<T>(
    work: () => Promise<T>,
    options: GateOptions | undefined,
    transaction?: Transaction,
  ): Promise<T>;
  /** Runs a transaction's closure once, and waits for the writes that it has not awaited. */
  run<T>(closure: () => Promise<T>, transaction: Transaction): Promise<T>;
}

/** No gates: only the writes of a transaction are waited for. */
export class Ungated implements Gates {
  readonly #writes = new WeakMap<Transaction, Promise<unknown>[]>();

  read<T>(work: () => Promise<T>): Promise<T> {
    return work();
  }

  write<T>(
    work: () => Promise<T>,
    _options: GateOptions | undefined,
    transaction?: Transaction,
  ): Promise<T> {
    const write = work();
    if (transaction !== undefined) this.#writes.get(transaction)?.push(write);
    return write;
  }

  async run<T>(closure: () => Promise<T>, transaction: Transaction): Promise<T> {
    const writes: Promise<unknown>[] = [];
    this.#writes.set(transaction, writes);
    try {
      return await closure();
    } finally {
      await Promise.all(writes);
    }
  }
}
