/** Whose code is running. */
import { AsyncLocalStorage } from "node:async_hooks";
import type { Activation } from "./activation.js";

/** A piece of an object's running code: an event, a continuation of it, or a critical section. */
export interface Context {
  readonly activation: Activation;
  /** The innermost critical section the code was started in; 0 for none. */
  readonly section: number;
  /** How many calls are above it. */
  readonly depth: number;
}

const storage = new AsyncLocalStorage<Context | undefined>();

/** The running object's context; `undefined` in the entry worker and outside every object. */
export function currentContext(): Context | undefined {
  return storage.getStore();
}

/** Runs `code` as part of `context`. */
export function runIn<T>(context: Context | undefined, code: () => T): T {
  return storage.run(context, code);
}
