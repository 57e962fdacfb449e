/** One run of a transaction: what it has read and written, and until when it may. */
import { AsyncLocalStorage } from "node:async_hooks";
import type { Backing } from "./backing.cjs";
import type { GateOptions, Gates } from "./gates.cjs";
import { native, type TransactionRef } from "./native.cjs";
import { Overlay } from "./overlay.cjs";
import { ReadWriteMutex } from "./rwmutex.cjs";

/** The transaction whose closure runs. */
const running = new AsyncLocalStorage<TransactionRef>();

/** The transaction whose closure runs now, of whatever storage. */
export function runningTransaction(): TransactionRef | null {
  return running.getStore() ?? null;
}

/** One run of a transaction. */
export class Transaction {
  readonly overlay: Overlay;
  /** Its writes are to be forgotten, and nothing more may be asked of it. */
  isRolledBack = false;
  /** Its closure has ended: it is too late to ask anything of it. */
  isCommitted = false;
  readonly #ref: TransactionRef;
  readonly #gates: Gates;
  readonly #mutex = new ReadWriteMutex();

  constructor(ref: TransactionRef, overlay: Overlay, gates: Gates) {
    this.overlay = overlay;
    this.#ref = ref;
    this.#gates = gates;
  }

  /** A transaction on a backing, which nobody will ever commit. */
  static on(inner: Backing, gates: Gates): Transaction {
    const overlay = new Overlay(inner, true);
    const storage = native.backedNew(native.overlayNew(false));
    return new Transaction(native.txnBegin(storage, overlay.ref, null), overlay, gates);
  }

  /** Runs work that reads the overlay, while nobody writes to it. */
  read<T>(work: () => Promise<T>, options?: GateOptions): Promise<T> {
    return this.#gates.read(() => this.#mutex.runWithRead(work), options);
  }

  /** Runs work that writes to the overlay, alone. */
  write<T>(work: () => Promise<T>, options?: GateOptions): Promise<T> {
    return this.#gates.write(() => this.#mutex.runWithWrite(work), options, this);
  }

  /** Notes keys as written or deleted: how many different ones there are so far. */
  wrote(keys: string | string[]): number {
    return native.txnWrote(this.#ref, keys);
  }

  /** Runs the closure: the transactions it begins know that it began them. */
  async run<T>(closure: () => T | Promise<T>): Promise<T> {
    const result = await running.run(this.#ref, closure);
    this.isCommitted = true;
    return result;
  }
}
