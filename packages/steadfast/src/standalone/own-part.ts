/** A transaction's closure that runs on a store of ours. */
import type { OwnRun } from "./own-run.js";
import { Part } from "./part.js";

export class OwnPart extends Part {
  readonly ownRun: OwnRun;
  readonly #index: number;
  #hasEnded = false;

  constructor(store: object, run: OwnRun) {
    super(store);
    this.ownRun = run;
    this.#index = run.beginPart();
  }

  /** Keeps what was written, as far as what is around does, or undoes it. Doing so again has no effect. */
  end(keep: boolean): void {
    if (this.#hasEnded) return;
    this.#hasEnded = true;
    this.ownRun.endPart(this.#index, keep);
  }

  /** Undoes what was written. What is written from now on is kept as far as what is around is. */
  rollBack(): void {
    this.requireInnermost();
    this.end(false);
  }
}
