/**
 * What workerd checks before a method runs: the receiver, the number of arguments and their types,
 * in its words.
 */

/** The error of a method taken off its object. */
export function illegalInvocation(): TypeError {
  return new TypeError(
    "Illegal invocation: function called with incorrect `this` reference. " +
      "See https://developers.cloudflare.com/workers/observability/errors/#illegal-invocation-errors for details.",
  );
}

/** The error of a constructor that is not for user code. */
export function illegalConstructor(): TypeError {
  return new TypeError("Illegal constructor");
}

/** The error of an argument of the wrong type; `position` counts from 1. */
export function wrongArgument(
  method: string,
  className: string,
  position: number,
  type: string,
): TypeError {
  return new TypeError(
    `Failed to execute '${method}' on '${className}': parameter ${position} is not of type '${type}'.`,
  );
}

/** An argument converted to a string as JavaScript interfaces do; a symbol is refused. */
export function toText(value: unknown): string {
  return typeof value === "string" ? value : `${value as string}`;
}

/** Whether the argument can be a dictionary of options. */
export function isOptions(value: unknown): value is object | null | undefined {
  return (
    value === undefined ||
    value === null ||
    typeof value === "object" ||
    typeof value === "function"
  );
}

/**
 * Gives a class the name that `Object.prototype.toString` shows, and makes its members enumerable, as
 * those of the platform are.
 */
export function tag(Class: { prototype: object }, name: string): void {
  const { prototype } = Class;
  for (const member of Object.getOwnPropertyNames(prototype)) {
    if (member !== "constructor") Object.defineProperty(prototype, member, { enumerable: true });
  }
  Object.defineProperty(prototype, Symbol.toStringTag, { value: name, configurable: true });
}

/** What every iterator of the language inherits from. */
export const iteratorPrototype: object = Object.getPrototypeOf(
  Object.getPrototypeOf([][Symbol.iterator]()),
);
