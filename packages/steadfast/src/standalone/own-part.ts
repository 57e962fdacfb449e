/** A transaction's closure that runs on a store of ours. */
import type { OwnRun } from "./own-run.js";
import type { OwnStore } from "./own-store.js";
import { Part } from "./part.js";

/** Begins and ends in the order of the run's calls, which may have to wait for who has the store to itself. */
export class OwnPart extends Part {
  readonly ownRun: OwnRun;
  readonly #store: OwnStore;
  readonly #isOutermost: boolean;
  #index = 0;
  #ended: Promise<unknown> | undefined;

  constructor(store: OwnStore, run: OwnRun, isOutermost: boolean) {
    super(store);
    this.#store = store;
    this.ownRun = run;
    this.#isOutermost = isOutermost;
  }

  begin(): Promise<void> {
    return this.#store.whenFree(() => {
      this.#index = this.ownRun.beginPart();
    }, this.ownRun);
  }

  /** Keeps what was written, as far as what is around does, or undoes it. Doing so again has no effect. */
  end(keep: boolean): Promise<unknown> {
    this.#ended ??= this.#store.whenFree(() => this.ownRun.endPart(this.#index, keep), this.ownRun);
    return this.#ended;
  }

  /**
   * Undoes what was written. What is written from now on is kept as far as what is around is: in any case, if
   * nothing is. A run that means nothing does nothing more.
   */
  rollBack(): void {
    this.requireInnermost();
    if (this.#isOutermost) {
      this.#ended = this.#store.endRun(this.ownRun, false);
      if (!this.ownRun.isVoid) this.leave();
    }
    // Whoever has begun the transaction is told, if it fails.
    this.end(false).catch(() => undefined);
  }
}
