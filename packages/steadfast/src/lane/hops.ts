/**
 * Scheduling functions as they were when the package was loaded, so that fake-timer libraries
 * cannot stop the lane.
 */
export const queueMicrotask = globalThis.queueMicrotask;
export const nextTick: (callback: () => void) => void = process.nextTick.bind(process);
export const setImmediate = globalThis.setImmediate;
export const setTimeout = globalThis.setTimeout;
export const clearTimeout = globalThis.clearTimeout;
export const setInterval = globalThis.setInterval;
export const clearInterval = globalThis.clearInterval;
