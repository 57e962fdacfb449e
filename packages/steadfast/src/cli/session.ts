import { Server } from "../server.js";
import type { Arguments } from "./arguments.js";
import type { CodeThread } from "./code-thread.js";
import { CliError } from "./error.js";
import { type Access, shownPath } from "./terminal.js";

/** How long a reload waits for the requests that the old code is answering. */
const RELOAD_DRAIN_MS = 2_000;

/** What the server is started with. */
export interface SessionOptions {
  arguments: Arguments;
  /** Where data are kept. */
  data: string;
  onAccess: ((access: Access) => void) | undefined;
  /** The engine or the code has failed for good. */
  onFailure: (message: string) => void;
}

/** A server and the thread with the Worker's present code; the first outlives the second. */
export class Session {
  readonly #server: Server;
  readonly #options: SessionOptions;
  #current: CodeThread | undefined;

  private constructor(server: Server, options: SessionOptions) {
    this.#server = server;
    this.#options = options;
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
   * Lets `thread` answer from now on: requests wait, those in flight are finished or reset, the old
   * thread ends, the new one takes over.
   */
  async run(thread: CodeThread): Promise<void> {
    if (this.#current) {
      await this.#server.pause(RELOAD_DRAIN_MS);
      await this.#current.end();
    }
    this.#current = thread;
    thread.onDeath = (error) => this.#options.onFailure(error.message);
    await thread.attach(this.#server.token, this.#options.arguments.inspect);
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
