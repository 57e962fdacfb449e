import type { WriteStream } from "node:tty";

const WIDTH = 30;

/** One line on a terminal that says how far something has come; nothing where there is no terminal. */
export class ProgressBar {
  readonly #what: string;
  readonly #stream: WriteStream;
  #ended = false;

  constructor(what: string, stream: WriteStream) {
    this.#what = what;
    this.#stream = stream;
  }

  show(done: number, total: number): void {
    if (!this.#stream.isTTY || this.#ended) return;
    this.#stream.write(`\r${barText(this.#what, done, total)}\u001b[K`);
  }

  /** Removes the line. */
  end(): void {
    if (this.#stream.isTTY && !this.#ended) this.#stream.write("\r\u001b[K");
    this.#ended = true;
  }
}

/** The line, without what moves the cursor. */
export function barText(what: string, done: number, total: number): string {
  const share = total === 0 ? 1 : done / total;
  const filled = Math.floor(share * WIDTH);
  const bar = "#".repeat(filled).padEnd(WIDTH, ".");
  return `${what} [${bar}] ${Math.floor(share * 100)} % of ${total} objects`;
}
