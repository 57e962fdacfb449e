import { Server } from "../server.js";
import type { Arguments } from "./arguments.js";
import type { CodeThreads } from "./code-threads.js";
import { CliError } from "./error.js";
import { type Access, shownPath } from "./terminal.js";

/** How long a reload waits for the requests that the old code is answering. */
const RELOAD_DRAIN_MS = 2_000;

/** How often lanes are looked at, to see whether they move. */
const LOOK_INTERVAL_MS = 500;

/** What the server is started with. */
export interface SessionOptions {
  arguments: Arguments;
  /** Where data are kept. */
  data: string;
  onAccess: ((access: Access) => void) | undefined;
  /** A lane has died and is replaced. */
  onReplace: (message: string) => void;
  /** The engine or the code has failed for good. */
  onFailure: (message: string) => void;
}

/** A server and the threads with the Worker's present code; the first outlives the others. */
export class Session {
  readonly #server: Server;
  readonly #options: SessionOptions;
  #current: CodeThreads | undefined;
  #lastLookMs = Date.now();

  private constructor(server: Server, options: SessionOptions) {
    this.#server = server;
    this.#options = options;
    const { cpuMs, inspect } = options.arguments;
    // Who steps through code with a debugger takes longer.
    if (cpuMs > 0 && inspect === undefined) {
      setInterval(() => this.#look(cpuMs), LOOK_INTERVAL_MS).unref();
    }
  }

  /** Opens the data and listens; requests wait until the first {@link Session.run}. */
  static async start(options: SessionOptions): Promise<Session> {
    const { host, port } = options.arguments;
    try {
      const server = await Server.start({
        storage: options.data,
        host,
        port,
        limits: options.arguments.limits,
        commit: options.arguments.commit,
        lanes: options.arguments.lanes,
        onFailure: (message) => options.onFailure(`the storage has failed: ${message}`),
        ...(options.onAccess ? { onAccess: options.onAccess } : {}),
      });
      return new Session(server, options);
    } catch (error) {
      throw startFailure(error, options);
    }
  }

  /** The address to open in a browser. */
  get url(): string {
    const { host } = this.#options.arguments;
    return `http://${host.includes(":") ? `[${host}]` : host}:${this.#server.port}`;
  }

  /**
   * Lets `threads` answer from now on: requests wait, those in flight are finished or reset, the old
   * threads end, the new ones take over.
   */
  async run(threads: CodeThreads): Promise<void> {
    if (this.#current) {
      await this.#server.pause(RELOAD_DRAIN_MS);
      await this.#current.end();
    }
    this.#current = threads;
    const { onReplace, onFailure } = this.#options;
    await threads.attach(this.#server, this.#options.arguments.inspect, { onReplace, onFailure });
  }

  /** Ends lanes whose code has not yielded for too long. */
  #look(limitMs: number): void {
    const nowMs = Date.now();
    // Time in which this thread did not run either is nobody's fault.
    const elapsedMs = Math.min(nowMs - this.#lastLookMs, 2 * LOOK_INTERVAL_MS);
    this.#lastLookMs = nowMs;
    const cause = `the Worker's code did not yield: cpu_ms_max=${limitMs}`;
    for (const place of this.#server.stalled(elapsedMs, limitMs)) {
      void this.#current?.endStalled(this.#server, place, cause);
    }
  }

  /** Stops accepting, finishes what is in flight within `drainMs`, and closes the data. */
  async stop(drainMs: number): Promise<void> {
    await this.#server.stop(drainMs);
    await this.#current?.end();
  }
}

function startFailure(error: unknown, { arguments: given, data }: SessionOptions): unknown {
  if (!(error instanceof Error)) return error;
  switch ((error as { code?: unknown }).code) {
    case "ERR_PORT_IN_USE":
      return new CliError(
        `the port is in use: host="${given.host}" port=${given.port}; choose another with --port`,
      );
    case "ERR_LISTEN":
      return new CliError(`cannot listen: ${error.message}; check --host and --port`);
    case "ERR_DIRECTORY_LOCKED":
      return new CliError(
        `another process is using the data: directory="${shownPath(data)}"; ` +
          "stop it, or choose another directory with --persist-to",
      );
    default:
      return new CliError(error.message);
  }
}
