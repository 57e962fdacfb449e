/** Errors of the package, and errors that cross between objects. */
import { types } from "node:util";
import type { Compatibility } from "./compatibility.js";
import { decode, encode } from "./objects/values.js";

export { codedError, SteadfastError, type SteadfastErrorCode } from "./steadfast-error.cjs";

/** Flags callers see on an error of an object; own and enumerable, absent when not true. */
export interface ObjectErrorFlags {
  remote?: boolean;
  overloaded?: boolean;
  durableObjectReset?: boolean;
}

const classes: Record<string, new (message: string) => Error> = {
  Error,
  TypeError,
  RangeError,
  SyntaxError,
  ReferenceError,
  EvalError,
  URIError,
};

/** Makes an error of a standard class by name; another name becomes `Error`. */
export function errorOfClass(name: string, message: string, flags: ObjectErrorFlags): Error {
  const error = new (classes[name] ?? Error)(message);
  return Object.assign(error, flags);
}

/** The name of the standard class an error belongs to, `Error` for any other. */
export function standardClass(error: unknown): string {
  if (!(error instanceof Error)) return "Error";
  const [name] = Object.entries(classes).findLast(([, each]) => error instanceof each) ?? ["Error"];
  return name;
}

/** The text of whatever was thrown. */
export function messageOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown);
}

/**
 * What a caller in another context receives when a handler threw: a copy, marked as remote.
 * `durableObjectId` is the object whose code threw, where the caller is to be told.
 */
export function remoteError(
  thrown: unknown,
  { enhancedErrors }: Pick<Compatibility, "enhancedErrors">,
  durableObjectId?: string,
): object {
  if ((typeof thrown !== "object" && typeof thrown !== "function") || thrown === null) {
    return errorOfClass("Error", String(thrown), { remote: true });
  }
  const copy = (enhancedErrors ? copied(thrown, durableObjectId) : undefined) ?? plainCopy(thrown);
  return Object.assign(copy, { remote: true });
}

/** A copy with everything that can be stored; `undefined` if something in it cannot. */
function copied(thrown: object, durableObjectId: string | undefined): object | undefined {
  let copy: object;
  try {
    copy = decode(encode(thrown)) as object;
  } catch {
    return undefined;
  }
  const isTold = durableObjectId !== undefined && !(thrown instanceof DOMException);
  return isTold ? Object.assign(copy, { durableObjectId }) : copy;
}

/** A copy with class, message and flags. The name of a class that is not standard goes into the message. */
function plainCopy(thrown: object): Error {
  if (thrown instanceof DOMException) return new DOMException(thrown.message, thrown.name);
  if (typeof thrown === "function") return new Error(String(thrown));
  if (!(thrown instanceof Error)) {
    const name = (thrown as { constructor?: { name?: string } }).constructor?.name ?? "Object";
    return new Error(Array.isArray(thrown) ? "[object Array]" : `#<${name}>`);
  }
  const { name, message, stack } = thrown;
  const copy =
    name === "AggregateError"
      ? new AggregateError([], message)
      : errorOfClass(name, classes[name] === undefined ? `${name}: ${message}` : message, {});
  if (stack !== undefined) {
    Object.defineProperty(copy, "stack", { value: stack, configurable: true, writable: true });
  }
  for (const flag of ["retryable", "overloaded", "durableObjectReset"] as const) {
    if ((thrown as unknown as Record<string, unknown>)[flag] === true)
      Object.assign(copy, { [flag]: true });
  }
  return copy;
}

/** An error of the addon, which may be of another realm than this code, as the class its code names. */
export function fromNative(error: unknown): unknown {
  const name = (error as { code?: unknown } | null)?.code;
  if (!types.isNativeError(error) || typeof name !== "string" || classes[name] === undefined)
    return error;
  return errorOfClass(name, error.message, {});
}
