/**
 * Classes of objects as values: what `ctx.exports.X` and class bindings are, and what a facet is made of.
 *
 * A reference is opaque to user code. Whatever stands for a class besides (a namespace of
 * `ctx.exports`) can be given a class by {@link nameClass}.
 */
import { illegalConstructor, tag } from "./arguments.js";

/** A class and what its constructor is given. */
export interface ReferencedClass {
  /** The exported class. */
  readonly Class: abstract new (
    ...args: never[]
  ) => object;
  /** The environment of the worker that exports it. */
  readonly env: object;
  /** What `ctx.props` is in its objects. */
  readonly props: unknown;
  /** What `ctx.exports` is in them. */
  readonly exports?: object;
}

/** Only whoever has this may make a reference. */
const MAKER = Symbol("maker");

/** The classes of values that are no references themselves. */
const named = new WeakMap<object, ReferencedClass>();

let ownClass: (value: object) => ReferencedClass | undefined;

/** A reference as user code sees it. */
export class DurableObjectClass {
  readonly #referenced: ReferencedClass;

  static {
    ownClass = (value) => (#referenced in value ? value.#referenced : undefined);
  }

  /** @internal */
  constructor(referenced: ReferencedClass, maker?: typeof MAKER) {
    if (maker !== MAKER) throw illegalConstructor();
    this.#referenced = referenced;
  }
}

tag(DurableObjectClass, "DurableObjectClass");

/** A reference to a class. */
export function makeClassReference(referenced: ReferencedClass): DurableObjectClass {
  return new DurableObjectClass(referenced, MAKER);
}

/** Lets `value`, an object or function, stand for a class. */
export function nameClass<T extends object>(value: T, referenced: ReferencedClass): T {
  named.set(value, referenced);
  return value;
}

/** The class a value stands for, if it does. */
export function referencedClass(value: unknown): ReferencedClass | undefined {
  const isObject = typeof value === "object" || typeof value === "function";
  if (!isObject || value === null) return undefined;
  return ownClass(value) ?? named.get(value);
}
