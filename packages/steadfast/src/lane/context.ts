/** Whose code is running. */
import { AsyncLocalStorage } from "node:async_hooks";
import type { Service } from "../services/service.js";
import type { Activation } from "./activation.js";

/** A piece of an object's running code: an event, a continuation of it, or a critical section. */
export interface Context {
  readonly activation: Activation;
  /** The innermost critical section the code was started in; 0 for none. */
  readonly section: number;
  /** How many calls are above it. */
  readonly depth: number;
}

/** A piece of a Worker's running code outside every object. */
export interface EntryContext {
  readonly activation?: undefined;
  readonly service: Service;
  /** How many calls are above it. */
  readonly depth: number;
  /** The request it answers, as long as it has called no object; told only when there are several lanes. */
  request?: number | undefined;
}

const storage = new AsyncLocalStorage<Context | EntryContext | undefined>();

/** The running object's context; `undefined` in the entry worker and outside every object. */
export function currentContext(): Context | undefined {
  const context = storage.getStore();
  return context?.activation === undefined ? undefined : context;
}

/** Whatever code is running, to go on in it with {@link runIn}. */
export function currentCode(): Context | EntryContext | undefined {
  return storage.getStore();
}

/** The Worker whose code is running, inside or outside its objects, if it is known. */
export function currentService(): Service | undefined {
  const context = storage.getStore();
  return context?.activation === undefined ? context?.service : context.activation.service;
}

/** How many calls are above the code that is running. */
export function currentDepth(): number {
  return storage.getStore()?.depth ?? 0;
}

/** Runs `code` as part of `context`. */
export function runIn<T>(context: Context | EntryContext | undefined, code: () => T): T {
  return storage.run(context, code);
}
