/** Calls that their caller can give up. */
import type { Context } from "../lane/context.js";
import type { Lane } from "../lane/lane.js";

/** Throws what a call with an aborted signal rejects with. */
export function throwIfAborted(signal: AbortSignal): void {
  if (signal.aborted) throw abortError(signal);
}

/** `answer`, unless `signal` is aborted first. The rejection is a delivery of the caller like the answer. */
export function abortable<T>(
  lane: Lane,
  caller: Context | undefined,
  signal: AbortSignal,
  answer: Promise<T>,
): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    const aborted = (): void => lane.resume(caller, () => reject(abortError(signal)));
    signal.addEventListener("abort", aborted, { once: true });
    const forget = (): void => signal.removeEventListener("abort", aborted);
    answer.then(
      (value) => {
        forget();
        resolve(value);
      },
      (error: unknown) => {
        forget();
        reject(error);
      },
    );
  });
}

/** The reason the program gave; the platform's own is told in workerd's words. */
function abortError(signal: AbortSignal): unknown {
  const reason: unknown = signal.reason;
  if (!(reason instanceof DOMException) || reason.message !== PLATFORM_TEXT) return reason;
  const error = new DOMException("The operation was aborted", "AbortError");
  return Object.assign(error, { retryable: true });
}

const PLATFORM_TEXT = AbortSignal.abort().reason.message as string;
