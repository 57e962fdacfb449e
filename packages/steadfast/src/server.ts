/** The server: the engine, the listener and the lanes that attach to them. */
import {
  binding,
  type CommitMode,
  type Limits,
  type NativeClock,
  type NativeServer,
} from "./binding.js";
import { codedError, SteadfastError } from "./errors.js";

export interface AccessEntry {
  method: string;
  path: string;
  status: number;
  durationMs: number;
}

export interface ServerOptions {
  /** The data directory, or `"memory"`. */
  storage: string;
  host: string;
  /** 0 for any free port. */
  port: number;
  onAccess?: (entry: AccessEntry) => void;
  /** Nothing more can be made durable; the process should end. */
  onFailure?: (message: string) => void;
  /** How long an idle object stays in memory. Default 10 s. */
  idleEvictionMs?: number;
  /**
   * Whose limits hold for what is stored. Default `"local"`, those of workerd on a disk;
   * `"production"` is narrower, above all for classes not declared to use SQLite.
   */
  limits?: Limits;
  /** How commits become durable. Default `"log"`. */
  commit?: CommitMode;
  /** How many threads run the worker's code; requests wait until each has one. Default 1. */
  lanes?: number;
}

export class Server {
  readonly port: number;
  readonly token: string;
  readonly #native: NativeServer;

  private constructor(native: NativeServer, port: number) {
    this.#native = native;
    this.port = port;
    this.token = String(native.token);
  }

  /** Opens the data and listens. Requests wait until a worker attaches. */
  static async start(options: ServerOptions): Promise<Server> {
    const native = openServer(options);
    try {
      const port = withCodes(() => native.listen(options.host, options.port));
      return new Server(native, port);
    } catch (error) {
      await stopServer(native, 0);
      throw error;
    }
  }

  /** Stops handing out requests, lets what runs finish for `drainMs`, and resets the rest. */
  pause(drainMs: number): Promise<void> {
    return new Promise((resolve) => this.#native.pause(drainMs, resolve));
  }

  /** The places of lanes that have stood still for `limitMs`; the last look was `elapsedMs` ago. */
  stalled(elapsedMs: number, limitMs: number): number[] {
    return this.#native.stalled(elapsedMs, limitMs);
  }

  /** Gives up the lane at `place`, whose thread does not end: another may take its place. */
  abandon(place: number): void {
    this.#native.abandon(place);
  }

  /** Stops accepting, finishes, makes everything durable and releases the data. */
  stop(drainMs: number): Promise<void> {
    return stopServer(this.#native, drainMs);
  }
}

/** Servers that were not stopped: they run on, whether or not anyone refers to them. */
const running = new Set<NativeServer>();

/** Opens the data without listening. It lives by the machine's clock unless one is given. */
export function openServer(
  options: Pick<
    ServerOptions,
    "storage" | "onAccess" | "onFailure" | "idleEvictionMs" | "limits" | "commit" | "lanes"
  >,
  clock?: NativeClock,
): NativeServer {
  const directory = options.storage === "memory" ? null : options.storage;
  const native = withCodes(() =>
    binding.openServer(
      directory,
      options.idleEvictionMs ?? null,
      options.limits ?? "local",
      options.commit ?? "log",
      options.lanes ?? 1,
      clock,
    ),
  );
  const { onAccess, onFailure } = options;
  if (onAccess !== undefined) {
    native.onAccess((method, path, status, durationMs) =>
      onAccess({ method, path, status, durationMs }),
    );
  }
  if (onFailure !== undefined) native.onFailure(onFailure);
  running.add(native);
  return native;
}

/** Stops a server; rejects when something acknowledged could not be made durable. */
export function stopServer(native: NativeServer, drainMs: number): Promise<void> {
  return new Promise((resolve, reject) => {
    native.stop(drainMs, (failure) => {
      running.delete(native);
      if (failure === null) resolve();
      else reject(new SteadfastError("ERR_FAILED", failure));
    });
  });
}

/** The addon puts the code in front of its messages. */
function withCodes<T>(open: () => T): T {
  try {
    return open();
  } catch (error) {
    throw codedError(error);
  }
}
