/**
 * The timers of one object that wait, in the order they are due.
 *
 * Node keeps a list for each duration, and on a busy machine may fire a timer before one of another
 * list that is due earlier. Whichever it fires first, here the earlier goes first.
 */

/** A timer that waits. */
export interface Waiting {
  /** When it is due, in milliseconds. */
  readonly dueMs: number;
  /** Larger for one that was set later. */
  readonly number: number;
  /** Called once, when it is its turn. */
  readonly fire: () => void;
}

export class DueOrder {
  readonly #waiting: Waiting[] = [];

  add(timer: Waiting): void {
    this.#waiting.splice(this.#place(timer), 0, timer);
  }

  /** Forgets a timer; whether it was still waiting. */
  remove(timer: Waiting): boolean {
    const place = this.#place(timer);
    if (this.#waiting[place] !== timer) return false;
    this.#waiting.splice(place, 1);
    return true;
  }

  /** Fires those that are due before `timer`, and then it, unless it was fired before. */
  fire(timer: Waiting, nowMs: number): void {
    const place = this.#place(timer);
    if (this.#waiting[place] !== timer) return;
    const isDue = ({ dueMs }: Waiting): boolean => dueMs <= nowMs;
    const earlier = this.#waiting.slice(0, place).filter(isDue);
    for (const each of [...earlier, timer]) {
      // One that fires may stop another.
      if (this.remove(each)) each.fire();
    }
  }

  /** Where the timer is, or would be. */
  #place({ dueMs, number }: Waiting): number {
    let low = 0;
    let high = this.#waiting.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const { dueMs: otherMs, number: other } = this.#waiting[middle] as Waiting;
      if (otherMs < dueMs || (otherMs === dueMs && other < number)) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
