/** What a caller can see of what it calls. */
import { DurableObject, RpcTarget, WorkerEntrypoint } from "./classes.js";
import { NO_NAMES, type Reference, referenceOf } from "./reference.js";

/** The other end of a call. */
export interface Receiver {
  readonly value: unknown;
  /** What `this` is when it is called itself. */
  readonly owner?: unknown;
  /** Whether it is an object or a service itself, which has names of its own. */
  readonly isEntrypoint: boolean;
  /** What its functions are given after their one argument, when it is an object of handlers. */
  readonly following?: readonly unknown[];
}

/** A member of the receiver, and whose it is. */
interface Member {
  readonly owner: unknown;
  readonly value: unknown;
}

/** The path goes on beyond a stub. */
interface Beyond {
  readonly reference: Reference;
  /** Whether the stub is a member of the receiver, rather than that itself. */
  readonly isMember: boolean;
  readonly path: readonly string[];
}

/**
 * Where `path` leads. Throws what the caller is told when it sees nothing there. A stub on the way, or
 * one at the end that is to be called, is for its own target to answer.
 */
export function find(
  receiver: Receiver,
  path: readonly string[],
  isCall: boolean,
): Member | Beyond {
  let { value, owner } = receiver;
  for (let at = 0; at < path.length; at++) {
    const name = path[at] as string;
    const reference = referenceOf(value);
    if (reference !== undefined) return { reference, isMember: at > 0, path: path.slice(at) };
    // A path that goes through something without members ends there.
    if (!isObject(value) || (at > 0 && isThenable(value))) {
      throw notImplemented(path[Math.max(0, at - 1)] as string);
    }
    owner = value;
    value =
      at === 0 && receiver.following !== undefined
        ? handler(value, name)
        : memberOf(value, name, at === 0 && receiver.isEntrypoint);
  }
  const reference = isCall ? referenceOf(value) : undefined;
  if (reference === undefined) return { owner, value };
  return { reference, isMember: path.length > 0, path: NO_NAMES };
}

function memberOf(object: object, name: string, isEntrypoint: boolean): unknown {
  if (isEntrypoint || object instanceof RpcTarget) return memberOfClass(object, name, isEntrypoint);
  if (!isOpen(object) || !Object.hasOwn(object, name)) throw notImplemented(name);
  return Reflect.get(object, name);
}

/** A method or getter; fields of an instance are its own, and so is what every object inherits. */
function memberOfClass(object: object, name: string, isEntrypoint: boolean): unknown {
  refuseReserved(isEntrypoint ? RESERVED_OF_ENTRYPOINTS : RESERVED_OF_TARGETS, name);
  if (Object.hasOwn(object, name)) throw notImplemented(name);
  const value: unknown = Reflect.get(object, name);
  if (value === undefined || value === Reflect.get(Object.prototype, name)) {
    throw notImplemented(name);
  }
  return value;
}

/** What the function that `path` leads to is called with. */
export function argumentsFor(
  receiver: Receiver,
  path: readonly string[],
  args: readonly unknown[],
): readonly unknown[] {
  if (receiver.following === undefined) return args;
  if (args.length === 1) return [...args, ...receiver.following];
  throw new TypeError(
    `Attempted to call RPC function "${path.join(".")}" with the wrong number of arguments. When calling a ` +
      "top-level handler function that is not declared as part of a class, you must always send exactly one " +
      "argument. In order to support variable numbers of arguments, the server must use class-based syntax " +
      "(extending WorkerEntrypoint) instead.",
  );
}

/** A member of an object of handlers. */
function handler(object: object, name: string): unknown {
  refuseReserved(RESERVED_OF_ENTRYPOINTS, name);
  if (!Object.hasOwn(object, name)) throw notImplemented(name);
  return (object as Record<string, unknown>)[name];
}

function refuseReserved(reserved: ReadonlySet<string>, name: string): void {
  if (!reserved.has(name)) return;
  throw new TypeError(`'${name}' is a reserved method and cannot be called over RPC.`);
}

/** Whether its own properties can be seen. */
function isOpen(object: object): boolean {
  return typeof object === "function" || Object.getPrototypeOf(object) === Object.prototype;
}

/** Whether an instance can be called at all. */
export function supportsRpc(instance: unknown): boolean {
  return instance instanceof DurableObject || instance instanceof WorkerEntrypoint;
}

/** The error of calling an object that was not made for it. */
export function unsupported(): TypeError {
  return new TypeError(
    "The receiving Durable Object does not support RPC, because its class was not declared with " +
      "`extends DurableObject`. In order to enable RPC, make sure your class extends the special class " +
      '`DurableObject`, which can be imported from the module "cloudflare:workers".',
  );
}

/** The error of calling what is no method. */
export function notAFunction(path: readonly string[]): TypeError {
  return new TypeError(`"${path.length === 0 ? "(this)" : path.join(".")}" is not a function.`);
}

function notImplemented(name: string): TypeError {
  return new TypeError(`The RPC receiver does not implement the method "${name}".`);
}

function isObject(value: unknown): value is object {
  return typeof value === "function" || (typeof value === "object" && value !== null);
}

/** Whether waiting for `value` means more than having it. */
export function isThenable(value: unknown): value is PromiseLike<unknown> {
  return isObject(value) && typeof (value as { then?: unknown }).then === "function";
}

const RESERVED_OF_ENTRYPOINTS: ReadonlySet<string> = new Set([
  "fetch",
  "connect",
  "alarm",
  "webSocketMessage",
  "webSocketClose",
  "webSocketError",
  "dup",
  "constructor",
]);
const RESERVED_OF_TARGETS: ReadonlySet<string> = new Set(["dup", "constructor"]);
