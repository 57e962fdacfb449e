/**
 * The cursors whose statement has not ended.
 *
 * Statements of cursors that nobody can read any more are closed. The last few cursors are kept
 * alive, because most end at once and watching one costs more than running it.
 */
export class OpenCursors {
  readonly #close: (number: number) => void;
  #recent: Recent[] = [];

  /** `close` ends the statement of a cursor. */
  constructor(close: (number: number) => void) {
    this.#close = close;
  }

  /** A cursor was opened. `number` is its statement's; `isOpen` tells whether that goes on. */
  add(cursor: object, number: number, isOpen: () => boolean): void {
    if (this.#recent.length === RECENT_MAX) this.#watch();
    this.#recent.push({ cursor, number, isOpen });
  }

  #watch(): void {
    const close = this.#close;
    for (const { cursor, number, isOpen } of this.#recent) {
      if (isOpen()) unread.register(cursor, () => close(number));
    }
    this.#recent = [];
  }
}

interface Recent {
  readonly cursor: object;
  readonly number: number;
  readonly isOpen: () => boolean;
}

/** Ends the statements of cursors that are gone. */
const unread = new FinalizationRegistry((close: () => void) => close());

const RECENT_MAX = 32;
