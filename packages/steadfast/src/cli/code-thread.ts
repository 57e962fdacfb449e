import { Worker } from "node:worker_threads";
import { CliError } from "./error.js";
import type { FromThread, InspectAddress, ThreadWorker, ToThread } from "./protocol.js";

/**
 * The command's side of the thread that runs the Worker's code.
 *
 * It lives from the first instruction of the thread until {@link CodeThread.end}. If it dies before
 * that, the pending question is refused, and `onDeath` is told when there is none.
 */
export class CodeThread {
  readonly #worker: Worker;
  #pending: { resolve: () => void; reject: (error: Error) => void } | undefined;
  #ending = false;
  #failure: CliError | undefined;
  /** Told once when the thread dies by itself. */
  onDeath: (error: CliError) => void = () => {};

  /**
   * Starts the thread; it loads the addon while the caller does other things. Its heap may have
   * `memoryMb` MiB; without it as much as Node gives.
   */
  constructor(memoryMb?: number) {
    this.#worker = new Worker(new URL("./thread.js", import.meta.url), {
      ...(memoryMb !== undefined && { resourceLimits: { maxOldGenerationSizeMb: memoryMb } }),
    });
    this.#worker.on("message", (message: FromThread) => this.#answered(message));
    this.#worker.on("error", (error: unknown) => this.#died(uncaught(error)));
    this.#worker.on("exit", (code) => {
      this.#died(new CliError(`the Worker's code ended its thread: exit_code=${code}`));
    });
  }

  /** Imports the bundles. Throws a `CliError` when that fails or an export is missing. */
  load(workers: ThreadWorker[]): Promise<void> {
    return this.#ask({ type: "load", workers });
  }

  /** Begins to take requests, as the lane at `place`. */
  attach(token: string, place: number, inspect: InspectAddress | undefined): Promise<void> {
    return this.#ask({ type: "attach", token, place, inspect });
  }

  /** Stops the thread as if it had died by itself. */
  async terminate(): Promise<void> {
    await this.#worker.terminate();
  }

  /** Stops the thread, whatever it is doing; a question it has not answered is refused. */
  async end(): Promise<void> {
    this.#ending = true;
    this.#pending?.reject(new CliError("the thread was ended"));
    this.#pending = undefined;
    await this.#worker.terminate();
  }

  #ask(message: ToThread): Promise<void> {
    return new Promise((resolve, reject) => {
      if (this.#failure) return reject(this.#failure);
      this.#pending = { resolve, reject };
      this.#worker.postMessage(message);
    });
  }

  #answered(message: FromThread): void {
    const pending = this.#pending;
    this.#pending = undefined;
    if (message.type === "done") pending?.resolve();
    else pending?.reject(new CliError(message.message));
  }

  #died(error: CliError): void {
    if (this.#ending || this.#failure) return;
    this.#failure = error;
    if (this.#pending) this.#pending.reject(error);
    else this.onDeath(error);
  }
}

function uncaught(error: unknown): CliError {
  if ((error as { code?: unknown } | null)?.code === "ERR_WORKER_OUT_OF_MEMORY") {
    return new CliError("the Worker's code is out of memory; see --lane-memory-mb");
  }
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return new CliError(`uncaught exception in the Worker's code\n${text}`);
}
