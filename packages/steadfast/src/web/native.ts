/**
 * Node's own `Headers`, `Request`, `Response` and `fetch`, loaded when first needed.
 *
 * They live in undici, which takes some 30 ms to load: a third of the start of a small Worker. So nothing here
 * touches them before a program asks for something that only they can do.
 */

/** The platform's classes behind ours. */
export interface Native {
  readonly Headers: typeof globalThis.Headers;
  readonly Request: typeof globalThis.Request;
  readonly Response: typeof globalThis.Response;
}

/** A class of ours that stands in for the platform's of the same name. */
interface StandIn {
  readonly name: string;
  readonly prototype: object;
  new (...args: never[]): object;
}

/** Taken before ours are installed; in Node these are getters that load undici. */
const descriptors = new Map(
  ["Headers", "Request", "Response"].map((name) => [
    name,
    Object.getOwnPropertyDescriptor(globalThis, name) as PropertyDescriptor,
  ]),
);
const standIns: StandIn[] = [];
let loaded: Native | undefined;

/** Node's own `fetch`; calling it loads undici. */
export const nativeFetch: typeof globalThis.fetch = globalThis.fetch;

/** The platform's classes. From the first call on, our objects are instances of them too. */
export function native(): Native {
  if (loaded !== undefined) return loaded;
  loaded = {
    Headers: nativeClass("Headers") as typeof globalThis.Headers,
    Request: nativeClass("Request") as typeof globalThis.Request,
    Response: nativeClass("Response") as typeof globalThis.Response,
  };
  for (const standIn of standIns) inherit(standIn, loaded);
  return loaded;
}

/**
 * Makes `standIn` pass for the platform's class: its members are enumerable, the platform's objects are its
 * instances, and its prototype inherits from the platform's as soon as that is loaded.
 */
export function standInFor(standIn: StandIn): void {
  for (const name of Object.getOwnPropertyNames(standIn.prototype)) {
    if (name !== "constructor") {
      Object.defineProperty(standIn.prototype, name, { enumerable: true });
    }
  }
  Object.defineProperty(standIn.prototype, Symbol.toStringTag, {
    value: standIn.name,
    configurable: true,
  });
  const ordinary = Function.prototype[Symbol.hasInstance];
  Object.defineProperty(standIn, Symbol.hasInstance, {
    value(this: unknown, value: unknown): boolean {
      if (ordinary.call(this as StandIn, value)) return true;
      return this === standIn && isNative(standIn.name as keyof Native, value);
    },
  });
  standIns.push(standIn);
  if (loaded !== undefined) inherit(standIn, loaded);
}

/** Whether `value` is an object of the platform's class `name`, without loading it for a mere question. */
export function isNative(name: keyof Native, value: unknown): boolean {
  if (typeof value !== "object" || value === null) return false;
  const tag: unknown = Reflect.get(value, Symbol.toStringTag);
  return tag === name && value instanceof native()[name];
}

function inherit(standIn: StandIn, classes: Native): void {
  const platform = classes[standIn.name as keyof Native];
  Object.setPrototypeOf(standIn.prototype, platform.prototype);
}

/** Node's getter puts what it loaded into the global scope, over ours: put back what was there. */
function nativeClass(name: string): unknown {
  const descriptor = descriptors.get(name);
  if (descriptor?.get === undefined) return descriptor?.value;
  const installed = Object.getOwnPropertyDescriptor(globalThis, name);
  const value: unknown = descriptor.get.call(globalThis);
  if (installed !== undefined) Object.defineProperty(globalThis, name, installed);
  return value;
}
