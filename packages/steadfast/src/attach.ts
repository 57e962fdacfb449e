/** Runs a worker in this thread for a server that was started in this process. */
import { isMainThread } from "node:worker_threads";
import type { NativeClock } from "./binding.js";
import { installBytePipes } from "./globals/byte-pipe.js";
import { installStructuredClone } from "./globals/clone.js";
import { installCompression } from "./globals/compression.js";
import { installCrypto } from "./globals/crypto.js";
import { gateFetchesOf, installFetch } from "./globals/fetch.js";
import { installHtmlRewriter } from "./globals/html-rewriter.js";
import { installScheduler } from "./globals/scheduler.js";
import { installScope } from "./globals/scope.js";
import { installTime } from "./globals/time.js";
import { installTimers } from "./globals/timers.js";
import { Workers } from "./lane/worker.js";
import { installCaches } from "./platform/caches.js";
import type { WorkerDefinition } from "./services/definition.js";
import { installSockets } from "./sockets/install.js";
import { takeSocketsOf } from "./sockets/lane-of-thread.js";
import { installWeb } from "./web/install.js";

export type {
  DurableObjectBinding,
  ServiceBinding,
  WorkerDefinition,
} from "./services/definition.js";

/** Workers that are attached. */
export interface Attached {
  readonly workers: Workers;
  /** Resets every object and leaves the server. */
  detach(): void;
}

/**
 * Attaches a worker to the server with this token, or several, of which the first gets the requests.
 * Those that come while a module is being loaded wait. `clock` is the one the server was opened with,
 * if any; `place` is where this lane stands among the server's, which must all be attached before
 * requests come.
 */
export async function attach(
  token: string | number,
  definition: WorkerDefinition | readonly WorkerDefinition[],
  clock?: NativeClock,
  place = 0,
): Promise<Attached> {
  installGlobals();
  if (clock !== undefined) installTime(globalThis);
  const definitions = [definition].flat() as WorkerDefinition[];
  const workers = new Workers(Number(token), definitions, clock, place);
  const forgets = [gateFetchesOf(workers.lane), takeSocketsOf(workers.lane)];
  const forget = (): void => {
    for (const each of forgets) each();
  };
  try {
    await workers.load();
  } catch (error) {
    forget();
    workers.detach();
    throw error;
  }
  return {
    workers,
    detach() {
      forget();
      workers.detach();
    },
  };
}

const INSTALLED = Symbol.for("steadfast.globals");

/**
 * Gives this thread the globals of a Worker. Code that keeps one at load has to be imported later.
 *
 * Once per thread: a second installation would wrap the first.
 */
export function installGlobals(): void {
  const scope = globalThis as typeof globalThis & { [INSTALLED]?: true };
  if (scope[INSTALLED]) return;
  Object.defineProperty(scope, INSTALLED, { value: true });
  installWeb(scope);
  installFetch(scope);
  installTimers(scope);
  installScheduler(scope);
  installStructuredClone(scope);
  installCrypto(scope);
  installCompression(scope);
  installSockets(scope);
  installBytePipes(scope);
  installScope(scope);
  installCaches(scope);
  installHtmlRewriter(scope);
  if (!isMainThread) {
    process.on("unhandledRejection", (error) => console.error("uncaught (in promise)", error));
    process.on("uncaughtException", (error) => console.error("uncaught", error));
  }
}
