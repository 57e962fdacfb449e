/** How the machinery knows the values it has made itself: stubs, and what stubs give. */
import type { Target } from "./target.js";

/** What a value of ours stands for. */
export interface Reference {
  readonly target: Target;
  /** The names that lead from the target to it. */
  readonly path: readonly string[];
}

/** What `value` stands for; `undefined` if it is no value of ours. */
export function referenceOf(value: unknown): Reference | undefined {
  const handler = handlerOf(value);
  if (handler !== undefined) return handler;
  const target = targetOf(value);
  return target === undefined ? undefined : { target, path: NO_NAMES };
}

/** Stubs that are functions of their own, not ours. */
const callables = new WeakMap<object, Target>();

/** Makes a function a stub of `target`. */
export function referTo(callable: object, target: Target): void {
  callables.set(callable, target);
}

/** The target of a stub of an object or a service; `undefined` for any other value. */
export let targetOf: (value: unknown) => Target | undefined;

/** A stub that is an object. */
export abstract class Referring {
  readonly #target: Target;

  static {
    targetOf = (value) => {
      if (typeof value === "function") return callables.get(value);
      return typeof value === "object" && value !== null && #target in value
        ? value.#target
        : undefined;
    };
  }

  constructor(target: Target) {
    this.#target = target;
  }
}

/** Read from a function of ours, it gives its {@link Handler}. */
export const HANDLER = Symbol("handler");

/** The inside of a function of ours: a stub, a property, a promise. */
export abstract class Handler implements Reference {
  abstract readonly target: Target;
  abstract readonly path: readonly string[];
  /** What its instances inherit from. */
  abstract readonly prototype: object;
}

/** The inside of a function of ours; `undefined` for any other value. */
export function handlerOf(value: unknown): Handler | undefined {
  if (typeof value !== "function") return undefined;
  try {
    const handler: unknown = Reflect.get(value, HANDLER);
    return handler instanceof Handler ? handler : undefined;
  } catch {
    // A proxy of the user's, which does as it likes.
    return undefined;
  }
}

/** The way to a target itself. */
export const NO_NAMES: readonly string[] = [];
