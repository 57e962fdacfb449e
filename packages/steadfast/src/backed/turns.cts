/** Where contending transactions wait; the core decides who goes on. */

interface Turn {
  readonly comes: Promise<void>;
  readonly begin: () => void;
}

/** The turns of the transactions of one storage, by ticket. */
export class Turns {
  readonly #turns = new Map<number, Turn>();

  /** From now on the turn of `ticket` may come. */
  expect(ticket: number): void {
    let begin = () => {};
    const comes = new Promise<void>((resolve) => {
      begin = resolve;
    });
    this.#turns.set(ticket, { comes, begin });
  }

  /** Waits for a turn that is expected; it may have come already. */
  async wait(ticket: number): Promise<void> {
    await this.#turns.get(ticket)?.comes;
    this.#turns.delete(ticket);
  }

  /** It is the turn of `ticket`; of nobody, if it is 0. */
  give(ticket: number): void {
    this.#turns.get(ticket)?.begin();
  }
}
