import { setTimeout as sleep } from "node:timers/promises";
import type { Server } from "../server.js";
import { CodeThread } from "./code-thread.js";
import { CliError } from "./error.js";
import type { InspectAddress } from "./protocol.js";

/** How often a thread may end while it loads the code before that is the code's fault. */
const LOADS_MAX = 5;
/** The first wait before a thread that ended soon is replaced; it doubles each time. */
const BACKOFF_MS = 100;
const BACKOFF_MAX_MS = 5_000;
/** A thread that lived this long did not end soon. */
const SOON_MS = 10_000;
/** How long a thread may take to stop before its lane is given up without it. */
const END_PATIENCE_MS = 5_000;

/** Imports the code in a thread. */
export type Load = (thread: CodeThread) => Promise<void>;

/** What threads are made with. */
export interface ThreadSettings {
  /** How many threads run the code. */
  lanes: number;
  /** What the objects of one thread may take, in MiB. */
  memoryMb: number | undefined;
}

/** What is told about threads while they run. */
export interface ThreadEvents {
  /** A thread has ended by itself, and another takes its place. */
  onReplace: (message: string) => void;
  /** No thread takes its place: they end whenever they load the code. */
  onFailure: (message: string) => void;
}

/**
 * The threads that run one revision of the Worker's code, a lane each.
 *
 * They live from the first instruction until {@link CodeThreads.end}. One that dies once they run is
 * replaced; its objects begin anew, the others do not notice.
 */
export class CodeThreads {
  readonly #settings: ThreadSettings;
  readonly #threads: CodeThread[];
  readonly #startedMs: number[] = [];
  /** How many threads at this place have ended soon, one after another. */
  readonly #early: number[] = [];
  /** Why a thread is being ended. */
  readonly #causes = new Map<CodeThread, string>();
  #load: Load | undefined;
  #ended = false;

  /** Starts the threads; they load the addon while the caller does other things. */
  constructor(settings: ThreadSettings) {
    this.#settings = settings;
    this.#threads = Array.from({ length: settings.lanes }, () => this.#thread());
  }

  /** Imports the code in each thread. Throws a `CliError` when that fails. */
  async load(load: Load): Promise<void> {
    this.#load = load;
    await Promise.all(this.#threads.map(load));
  }

  /** Begins to take requests of the server. */
  async attach(
    server: Server,
    inspect: InspectAddress | undefined,
    events: ThreadEvents,
  ): Promise<void> {
    const attached = this.#threads.map((_, place) => this.#attach(server, place, inspect, events));
    await Promise.all(attached);
  }

  /** Ends the thread at `place`, which has not yielded; another takes its place. */
  async endStalled(server: Server, place: number, cause: string): Promise<void> {
    const thread = this.#threads[place];
    if (thread === undefined || this.#causes.has(thread)) return;
    this.#causes.set(thread, cause);
    const stopping = thread.terminate();
    const stopped = await Promise.race([
      stopping.then(() => true),
      sleep(END_PATIENCE_MS, false, { ref: false }),
    ]);
    if (!stopped && !this.#ended) server.abandon(place);
  }

  /** Stops the threads, whatever they are doing. */
  async end(): Promise<void> {
    this.#ended = true;
    await Promise.all(this.#threads.map((thread) => thread.end()));
  }

  #thread(): CodeThread {
    return new CodeThread(this.#settings.memoryMb);
  }

  async #attach(
    server: Server,
    place: number,
    inspect: InspectAddress | undefined,
    events: ThreadEvents,
  ): Promise<void> {
    const thread = this.#threads[place] as CodeThread;
    thread.onDeath = (error) => {
      const cause = this.#causes.get(thread) ?? error.message;
      void this.#replace(server, place, inspect, events, cause);
    };
    this.#startedMs[place] = Date.now();
    await thread.attach(server.token, place, inspect && addressOf(inspect, place));
  }

  async #replace(
    server: Server,
    place: number,
    inspect: InspectAddress | undefined,
    events: ThreadEvents,
    cause: string,
  ): Promise<void> {
    if (this.#ended) return;
    events.onReplace(`${cause}; lane=${place} is replaced`);
    const lived = Date.now() - (this.#startedMs[place] ?? 0);
    this.#early[place] = lived < SOON_MS ? (this.#early[place] ?? 0) + 1 : 0;
    await sleep(backoffMs(this.#early[place] as number));
    let failure: unknown;
    for (let load = 1; load <= LOADS_MAX && !this.#ended; load += 1) {
      const thread = this.#thread();
      this.#threads[place] = thread;
      try {
        await this.#load?.(thread);
        if (!this.#ended) await this.#attach(server, place, inspect, events);
        return;
      } catch (error) {
        failure = error;
        await thread.end();
        await sleep(backoffMs(load + 1));
      }
    }
    if (this.#ended) return;
    const message = failure instanceof CliError ? failure.message : String(failure);
    events.onFailure(`a lane cannot be replaced: ${message}`);
  }
}

/** None for a thread that lived, then longer and longer. */
function backoffMs(early: number): number {
  return early <= 1 ? 0 : Math.min(BACKOFF_MS * 2 ** (early - 2), BACKOFF_MAX_MS);
}

/** Each thread has a debugger of its own; a port that the system chooses is one of its own already. */
function addressOf({ host, port }: InspectAddress, place: number): InspectAddress {
  return { host, port: port === 0 ? 0 : port + place };
}
