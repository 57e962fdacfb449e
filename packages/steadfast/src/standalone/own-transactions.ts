/** Transactions on a store of ours. */
import type { Awaitable, KeyAccess, KeyStore } from "../objects/key-access.js";
import { makeTransaction, settleTransaction } from "../objects/transaction.js";
import type { Closure } from "./below.js";
import { OwnPart } from "./own-part.js";
import type { OwnRun } from "./own-run.js";
import type { OwnStore } from "./own-store.js";
import { Part } from "./part.js";

/** How a closure has ended. */
type Ending = { readonly value: unknown } | { readonly error: unknown };

export class OwnTransactions {
  readonly #store: OwnStore;
  /** How many have begun and not ended. */
  #contenders = 0;

  constructor(store: OwnStore) {
    this.#store = store;
  }

  /**
   * Runs the closure as one transaction: again, while it has read what others have written meanwhile. One inside
   * another's closure is a part of that.
   */
  async run(closure: Closure): Promise<unknown> {
    const around = Part.of(this.#store, OwnPart);
    if (around !== undefined)
      return around.nest(() => this.#perform(around.ownRun, closure, false));
    this.#contenders += 1;
    try {
      let owns = false;
      while (true) {
        const run = await this.#store.beginRun(owns);
        const ending = await this.#ending(run, closure);
        const isKept = await this.#store.endRun(run, "value" in ending);
        if (!isKept) {
          owns = run.isLost || this.#contenders > CONTENDERS_MAX;
          continue;
        }
        if ("error" in ending) throw ending.error;
        return ending.value;
      }
    } finally {
      this.#contenders -= 1;
    }
  }

  async #ending(run: OwnRun, closure: Closure): Promise<Ending> {
    try {
      return { value: await this.#perform(run, closure, true) };
    } catch (error) {
      return { error };
    }
  }

  async #perform(run: OwnRun, closure: Closure, isOutermost: boolean): Promise<unknown> {
    const part = new OwnPart(this.#store, run, isOutermost);
    const txn = makeTransaction(new RunAccess(this.#store, run), () => part.rollBack());
    await part.begin();
    try {
      const value = await part.run(() => closure(txn));
      settleTransaction(txn, "committed");
      await part.end(true);
      return value;
    } catch (error) {
      settleTransaction(txn, "rolledBack");
      await part.end(false);
      throw error;
    }
  }
}

/** The way of what a closure is given to its run, wherever it is used. */
class RunAccess implements KeyAccess {
  readonly #store: OwnStore;
  readonly #run: OwnRun;

  constructor(store: OwnStore, run: OwnRun) {
    this.#store = store;
    this.#run = run;
  }

  get compatibility(): OwnStore["compatibility"] {
    return this.#store.compatibility;
  }

  requireAlarms(): void {}

  beginList(): number {
    return this.#store.beginList();
  }

  read<T>(read: (store: KeyStore, number: number) => Awaitable<T>): Promise<T> {
    return this.#store.readIn(this.#run, read);
  }

  write<T>(write: (store: KeyStore, number: number) => Awaitable<T>): Promise<T> {
    return this.#store.writeIn(this.#run, write);
  }
}

/** Up to so many rerun at once on a conflict, as Miniflare 2 does; of more, each has the store to itself then. */
const CONTENDERS_MAX = 16;
