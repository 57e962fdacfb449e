/**
 * What user code gets for `stub.anything`, and for calling it.
 *
 * Both are proxies around a function nobody calls: `typeof` says `"function"`, every name is a member,
 * and none is sent before it is called or awaited.
 */
import { type Context, currentContext } from "../lane/context.js";
import { illegalConstructor, illegalInvocation } from "../objects/arguments.js";
import type { Answer, CallEvent, Payload } from "./event.js";
import { decodeValue, encodeValue } from "./payload.js";
import { perform } from "./perform.js";
import type { Target } from "./target.js";

/** How many names may lead from a stub to what is called. */
const PATH_LENGTH_MAX = 64;

/** Read from a proxy of ours, it gives its handler. */
const HANDLER = Symbol("handler");

/** A member of what a stub stands for: call it, await it, or name a member of it. */
export class RpcProperty {
  constructor() {
    throw illegalConstructor();
  }

  // biome-ignore lint/suspicious/noThenProperty: awaiting it is what it is for
  then(onFulfilled?: Settled, onRejected?: Settled): Promise<unknown> {
    return handlerOf(this).promise().then(onFulfilled, onRejected);
  }

  catch(onRejected?: Settled): Promise<unknown> {
    return handlerOf(this).promise().catch(onRejected);
  }

  finally(onSettled?: () => void): Promise<unknown> {
    return handlerOf(this).promise().finally(onSettled);
  }
}

/** What a call returns: members of the result can be used before it is there. */
export class RpcPromise {
  constructor() {
    throw illegalConstructor();
  }

  // biome-ignore lint/suspicious/noThenProperty: awaiting it is what it is for
  then(onFulfilled?: Settled, onRejected?: Settled): Promise<unknown> {
    return handlerOf(this).promise().then(onFulfilled, onRejected);
  }

  catch(onRejected?: Settled): Promise<unknown> {
    return handlerOf(this).promise().catch(onRejected);
  }

  finally(onSettled?: () => void): Promise<unknown> {
    return handlerOf(this).promise().finally(onSettled);
  }
}

type Settled = ((value: unknown) => unknown) | null | undefined;

/** The member of `target` that `path` leads to; nothing is sent. */
export function makeProperty(target: Target, path: readonly string[]): RpcProperty {
  if (path.length > PATH_LENGTH_MAX + 1) {
    throw new TypeError(`RPC pipelined property path is too deep (max ${PATH_LENGTH_MAX}).`);
  }
  return new Proxy(callable, new PropertyHandler(target, path)) as unknown as RpcProperty;
}

abstract class MemberHandler implements ProxyHandler<typeof callable> {
  abstract readonly prototype: object;
  /** What the members are of, and the names that lead to this one. */
  abstract readonly target: Target;
  abstract readonly path: readonly string[];

  abstract promise(): Promise<unknown>;

  get(_callable: unknown, key: string | symbol): unknown {
    if (key === HANDLER) return this;
    if (typeof key === "symbol" || key in this.prototype) return Reflect.get(this.prototype, key);
    return makeProperty(this.target, [...this.path, key]);
  }

  apply(_callable: unknown, _receiver: unknown, args: unknown[]): RpcPromise {
    return callTarget(this.target, this.path, args);
  }

  getPrototypeOf(): object {
    return this.prototype;
  }

  has(_callable: unknown, key: string | symbol): boolean {
    return typeof key === "string" || key in this.prototype;
  }

  ownKeys(): [] {
    return [];
  }

  getOwnPropertyDescriptor(): undefined {
    return undefined;
  }

  set(): false {
    return false;
  }

  defineProperty(): false {
    return false;
  }
}

class PropertyHandler extends MemberHandler {
  readonly target: Target;
  readonly path: readonly string[];

  constructor(target: Target, path: readonly string[]) {
    super();
    this.target = target;
    this.path = path;
  }

  get prototype(): object {
    return RpcProperty.prototype;
  }

  /** Reads the property. */
  promise(): Promise<unknown> {
    return new Call(this.target, this.path, undefined).promise();
  }
}

/** A call that was made, and the calls on its result that wait for it. */
class Call extends MemberHandler implements Target {
  readonly lane: Target["lane"];
  readonly #caller: Context | undefined;
  readonly #promise: Promise<unknown>;
  #resolve!: (value: unknown) => void;
  #reject!: (error: unknown) => void;
  #waiting: (() => void)[] | undefined;
  #result: { readonly value: unknown } | { readonly error: unknown } | undefined;

  constructor(target: Target, path: readonly string[], args: Payload | undefined) {
    super();
    this.lane = target.lane;
    this.#caller = currentContext();
    this.#promise = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    target.send({ type: "call", path, args }, (answer) => this.#settle(answer));
  }

  get prototype(): object {
    return RpcPromise.prototype;
  }

  get target(): Target {
    return this;
  }

  get path(): readonly string[] {
    return NO_NAMES;
  }

  promise(): Promise<unknown> {
    return this.#promise;
  }

  #settle(answer: Answer): void {
    try {
      if ("error" in answer) throw answer.error;
      const value =
        "payload" in answer
          ? decodeValue(answer.payload, this.lane, this.#caller)
          : answer.response;
      this.#result = { value };
    } catch (error) {
      this.#result = { error };
    }
    // What was asked of the result before it was there comes before what is asked afterwards.
    for (const send of this.#waiting ?? []) send();
    this.#waiting = undefined;
    if ("error" in this.#result) this.#reject(this.#result.error);
    else this.#resolve(this.#result.value);
  }

  /** Sends an event to the result. */
  send(event: CallEvent, settle: (answer: Answer) => void): void {
    if (this.#result !== undefined) this.#forward(this.#result, event, settle);
    else {
      this.#waiting ??= [];
      this.#waiting.push(() => this.#forward(this.#result as { value: unknown }, event, settle));
    }
  }

  #forward(
    result: { readonly value: unknown } | { readonly error: unknown },
    event: CallEvent,
    settle: (answer: Answer) => void,
  ): void {
    if ("error" in result) {
      settle(result);
      return;
    }
    const receiver = { value: result.value, isEntrypoint: false };
    perform(this.lane, this.#caller, receiver, event, (outcome) => {
      settle("error" in outcome ? outcome : { ...outcome, from: this.#caller?.activation });
    });
  }
}

/** Calls what `path` leads to. What cannot be sent rejects, like everything else that goes wrong. */
export function callTarget(target: Target, path: readonly string[], args: unknown[]): RpcPromise {
  let call: Call;
  try {
    call = new Call(target, path, encodeValue(args));
  } catch (error) {
    call = new Call(
      { lane: target.lane, send: (_event, settle) => settle({ error }) },
      path,
      undefined,
    );
  }
  return new Proxy(callable, call) as unknown as RpcPromise;
}

function handlerOf(value: object): MemberHandler {
  const handler: unknown = Reflect.get(value, HANDLER);
  if (handler instanceof MemberHandler) return handler;
  throw illegalInvocation();
}

const NO_NAMES: readonly string[] = [];

/** What the proxies are of, so that they can be called. */
const callable = (): never => {
  throw illegalInvocation();
};
