/** Lets many read, or one write. */

type Awaitable<T> = T | Promise<T>;

/**
 * A lock that many readers share, or one writer has alone. Waiting writers come before waiting readers, in
 * the order in which they asked. A lock that is free is taken at once: the closure has begun when the call
 * returns.
 */
export class ReadWriteMutex {
  #readers = 0;
  #isWriting = false;
  #waitingReaders: (() => void)[] = [];
  readonly #waitingWriters: (() => void)[] = [];

  /** Runs `closure` while nobody writes. */
  async runWithRead<T>(closure: () => Awaitable<T>): Promise<T> {
    if (this.#isWriting || this.#waitingWriters.length > 0) {
      await new Promise<void>((resolve) => this.#waitingReaders.push(resolve));
    } else {
      this.#readers++;
    }
    try {
      const result = closure();
      return result instanceof Promise ? await result : result;
    } finally {
      this.#readers--;
      this.#pass();
    }
  }

  /** Runs `closure` while nobody else reads or writes. */
  async runWithWrite<T>(closure: () => Awaitable<T>): Promise<T> {
    if (this.#isWriting || this.#readers > 0) {
      await new Promise<void>((resolve) => this.#waitingWriters.push(resolve));
    } else {
      this.#isWriting = true;
    }
    try {
      const result = closure();
      return result instanceof Promise ? await result : result;
    } finally {
      this.#pass();
    }
  }

  /** Gives the lock to the next writer, or else to all readers that wait. */
  #pass(): void {
    if (this.#readers > 0) return;
    const writer = this.#waitingWriters.shift();
    this.#isWriting = writer !== undefined;
    if (writer !== undefined) writer();
    else this.#passToReaders();
  }

  #passToReaders(): void {
    const readers = this.#waitingReaders;
    if (readers.length === 0) return;
    this.#waitingReaders = [];
    this.#readers += readers.length;
    for (const reader of readers) reader();
  }
}
