/** `scheduler.wait`, a timer as a promise, which Workers have and Node keeps in a module. */

/** Puts `scheduler` into `scope`; its timers are those of `scope`. */
export function installScheduler(scope: typeof globalThis): void {
  Object.defineProperty(scope, "scheduler", {
    value: {
      wait: (delayMs: number, options?: WaitOptions) => wait(scope, delayMs, options?.signal),
    },
    writable: true,
    enumerable: true,
    configurable: true,
  });
}

interface WaitOptions {
  readonly signal?: AbortSignal;
}

function wait(
  scope: typeof globalThis,
  delayMs: number,
  signal: AbortSignal | undefined,
): Promise<void> {
  return new Promise((resolve, reject) => {
    signal?.throwIfAborted();
    const timer = scope.setTimeout(() => {
      signal?.removeEventListener("abort", aborted);
      resolve();
    }, delayMs);
    const aborted = (): void => {
      scope.clearTimeout(timer);
      reject(signal?.reason);
    };
    signal?.addEventListener("abort", aborted, { once: true });
  });
}
