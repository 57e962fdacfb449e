/**
 * Scheduling functions as they were when the package was loaded, so that fake-timer libraries
 * cannot stop the lane.
 */
import { AsyncResource } from "node:async_hooks";

const outside = new AsyncResource("steadfast.lane");

/** Runs `code` in no asynchronous context, so that none of user code's leaks into what it schedules. */
export function runOutside(code: () => void): void {
  outside.runInAsyncScope(code);
}

export const queueMicrotask = globalThis.queueMicrotask;
export const nextTick: (callback: () => void) => void = process.nextTick.bind(process);
export const setImmediate = globalThis.setImmediate;
export const setTimeout = globalThis.setTimeout;
export const clearTimeout = globalThis.clearTimeout;
export const setInterval = globalThis.setInterval;
export const clearInterval = globalThis.clearInterval;
