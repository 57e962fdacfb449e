/** Functions of ours: every name is a member of what they stand for, and calling them calls it. */
import { inspect } from "node:util";
import { illegalInvocation } from "../objects/arguments.js";
import { HANDLER, Handler, handlerOf } from "./reference.js";

/** How many names may lead from a stub to what is called. */
export const PATH_LENGTH_MAX = 65;

/**
 * The traps of such a function. Names that its prototype has answer here, and so does what user code
 * has defined on it; any other name is a member.
 */
export abstract class MemberHandler extends Handler implements ProxyHandler<typeof callable> {
  #own: Record<string | symbol, unknown> | undefined;

  /** The member with this name of what it stands for. */
  protected abstract member(name: string): unknown;
  /** Calls what it stands for. */
  protected abstract call(args: unknown[], receiver: unknown): unknown;
  /** Names that neither the prototype has nor are members. */
  protected isHidden(_name: string): boolean {
    return false;
  }

  get(_callable: unknown, key: string | symbol): unknown {
    if (key === HANDLER) return this;
    if (this.#own !== undefined && Object.hasOwn(this.#own, key)) return this.#own[key];
    if (typeof key === "symbol" || key in this.prototype) return Reflect.get(this.prototype, key);
    return isIndex(key) || this.isHidden(key) ? undefined : this.member(key);
  }

  apply(_callable: unknown, receiver: unknown, args: unknown[]): unknown {
    return this.call(args, receiver);
  }

  getPrototypeOf(): object {
    return this.prototype;
  }

  has(_callable: unknown, key: string | symbol): boolean {
    if (typeof key === "symbol" || key in this.prototype) return key in this.prototype;
    return !this.isHidden(key);
  }

  set(_callable: unknown, key: string | symbol, value: unknown): boolean {
    this.#own ??= {};
    this.#own[key] = value;
    return true;
  }

  deleteProperty(_callable: unknown, key: string | symbol): boolean {
    if (this.#own !== undefined) delete this.#own[key];
    return true;
  }

  ownKeys(): (string | symbol)[] {
    return Reflect.ownKeys(this.#own ?? {});
  }

  getOwnPropertyDescriptor(
    _callable: unknown,
    key: string | symbol,
  ): PropertyDescriptor | undefined {
    return Object.getOwnPropertyDescriptor(this.#own ?? {}, key);
  }

  defineProperty(): false {
    return false;
  }
}

/** Whether it is the name of an element: those are no members. */
export function isIndex(name: string): boolean {
  return name.length > 0 && name.length < 10 && String(Number(name) >>> 0) === name;
}

/** The function user code gets for what `handler` knows. */
export function makeFunction<T>(handler: MemberHandler): T {
  return new Proxy(callable, handler) as unknown as T;
}

/** What the proxies are of, so that they can be called. */
const callable = (): never => {
  throw illegalInvocation();
};

// Node prints what a proxy is of.
Object.defineProperty(callable, inspect.custom, {
  value(this: unknown): string {
    return `${handlerOf(this)?.prototype.constructor.name ?? "Function"} {}`;
  },
  configurable: true,
});
