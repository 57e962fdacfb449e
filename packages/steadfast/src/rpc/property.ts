/**
 * What user code gets for `stub.anything`, and for calling it. Nothing is sent before it is called or
 * awaited.
 */
import {
  type Context,
  currentCode,
  currentContext,
  type EntryContext,
  runIn,
} from "../lane/context.js";
import type { Lane } from "../lane/lane.js";
import { illegalConstructor, illegalInvocation } from "../objects/arguments.js";
import { discard } from "./capability.js";
import type { Answer, CallEvent, ObjectEvent, Payload } from "./event.js";
import { MemberHandler, makeFunction, PATH_LENGTH_MAX } from "./member.js";
import { decodeResult, encodeArguments, type Received } from "./payload.js";
import { perform } from "./perform.js";
import { handlerOf, NO_NAMES } from "./reference.js";
import type { Target } from "./target.js";

/** A member of what a stub stands for: call it, await it, or name a member of it. */
export class RpcProperty {
  constructor() {
    throw illegalConstructor();
  }

  // biome-ignore lint/suspicious/noThenProperty: awaiting it is what it is for
  then(onFulfilled?: Settled, onRejected?: Settled): Promise<unknown> {
    return promiseOf(this).then(onFulfilled, onRejected);
  }

  catch(onRejected?: Settled): Promise<unknown> {
    return promiseOf(this).catch(onRejected);
  }

  finally(onSettled?: () => void): Promise<unknown> {
    return promiseOf(this).finally(onSettled);
  }
}

/** What a call returns: members of the result can be used before it is there. */
export class RpcPromise {
  constructor() {
    throw illegalConstructor();
  }

  // biome-ignore lint/suspicious/noThenProperty: awaiting it is what it is for
  then(onFulfilled?: Settled, onRejected?: Settled): Promise<unknown> {
    return promiseOf(this).then(onFulfilled, onRejected);
  }

  catch(onRejected?: Settled): Promise<unknown> {
    return promiseOf(this).catch(onRejected);
  }

  finally(onSettled?: () => void): Promise<unknown> {
    return promiseOf(this).finally(onSettled);
  }

  /** Disposes what the call returns. */
  [Symbol.dispose](): void {
    const call = handlerOf(this);
    if (!(call instanceof Call)) throw illegalInvocation();
    call.dispose();
  }
}

for (const Class of [RpcProperty, RpcPromise]) {
  const { name } = Class;
  Object.defineProperty(Class.prototype, Symbol.toStringTag, {
    value: `Js${name}`,
    configurable: true,
  });
}

type Settled = ((value: unknown) => unknown) | null | undefined;

/** The member of `target` that `path` leads to; nothing is sent. */
export function makeProperty(target: Target, path: readonly string[]): RpcProperty {
  if (path.length > PATH_LENGTH_MAX) throw new TypeError(TOO_DEEP);
  return makeFunction(new Property(target, path));
}

/** Calls what `path` leads to. What cannot be sent rejects, like everything else that goes wrong. */
export function callTarget(target: Target, path: readonly string[], args: unknown[]): RpcPromise {
  return makeFunction(new Call(target, path, args));
}

function promiseOf(value: object): Promise<unknown> {
  const handler = handlerOf(value);
  if (handler instanceof Property || handler instanceof Call) return handler.promise();
  throw illegalInvocation();
}

class Property extends MemberHandler {
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

  protected member(name: string): RpcProperty {
    return makeProperty(this.target, [...this.path, name]);
  }

  protected call(args: unknown[], receiver: unknown): unknown {
    // `JSON.stringify` asks whatever it meets for this, with a name; in workerd it does not find stubs'.
    if (args.length === 1 && typeof args[0] === "string" && this.path.at(-1) === "toJSON") {
      return typeof receiver === "function" ? undefined : Object.assign({}, receiver);
    }
    return callTarget(this.target, this.path, args);
  }

  /** Reads the property. */
  promise(): Promise<unknown> {
    return new Call(this.target, this.path, undefined).promise();
  }
}

type Result = { readonly value: unknown } | { readonly error: unknown };

/** A call that was made. Calls on its result wait here until that has come. */
class Call extends MemberHandler implements Target {
  readonly lane: Lane;
  readonly #caller: Context | undefined;
  readonly #code: Context | EntryContext | undefined;
  /** Stubs within the result. */
  readonly #received: Received = [];
  /** Made when somebody awaits the call: what nobody awaits, nobody has to catch. */
  #promise: Promise<unknown> | undefined;
  #awaited: ((result: Result) => void) | undefined;
  #waiting: ((result: Result) => void)[] | undefined;
  #result: Result | undefined;
  #disposed = false;
  #durableObjectId: string | undefined;

  /** Reads the property when there are no arguments. */
  constructor(target: Target, path: readonly string[], args: unknown[] | undefined) {
    super();
    this.lane = target.lane;
    this.#code = currentCode();
    this.#caller = currentContext();
    try {
      const place = { lane: target.lane, context: this.#caller };
      const event: CallEvent = {
        type: "call",
        path,
        args: args === undefined ? undefined : encodeArguments(place, args),
      };
      target.send(event, (answer) => this.#answered(answer));
    } catch (error) {
      this.#settle({ error });
    }
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

  protected member(name: string): RpcProperty {
    return makeProperty(this, [name]);
  }

  protected call(args: unknown[]): RpcPromise {
    return callTarget(this, NO_NAMES, args);
  }

  promise(): Promise<unknown> {
    this.#promise ??= new Promise((resolve, reject) => {
      this.#awaited = (result) => {
        if ("error" in result) reject(result.error);
        else resolve(result.value);
      };
      if (this.#result !== undefined) this.#awaited(this.#result);
    });
    return this.#promise;
  }

  dispose(): void {
    this.#disposed = true;
    for (const each of this.#received) each.dispose();
  }

  #answered(answer: Answer): void {
    if ("error" in answer) {
      this.#settle(answer);
      return;
    }
    if (!("payload" in answer)) return;
    this.#durableObjectId = answer.durableObjectId;
    const { payload } = answer;
    // What is no more than a copy needs nobody's context.
    if (payload.bytes === undefined) this.#decode(payload);
    else runIn(this.#code, () => this.#decode(payload));
  }

  #decode(payload: Payload): void {
    const place = { lane: this.lane, context: this.#caller };
    try {
      this.#settle({ value: decodeResult(payload, place, this.#received) });
    } catch (error) {
      this.#settle({ error });
    }
  }

  #settle(result: Result): void {
    this.#result = result;
    // What was asked of the result before it was there comes before what is asked afterwards.
    for (const send of this.#waiting ?? []) send(result);
    this.#waiting = undefined;
    this.#awaited?.(result);
    if (this.#disposed) this.dispose();
  }

  /** Sends an event to the result. */
  send(event: ObjectEvent, settle: (answer: Answer) => void): void {
    if (event.type !== "call") return;
    if (this.#disposed) {
      discard(event.args);
      settle({ error: new Error("RPC promise used after being disposed.") });
    } else if (this.#result !== undefined) this.#forward(this.#result, event, settle);
    else {
      this.#waiting ??= [];
      this.#waiting.push((result) => this.#forward(result, event, settle));
    }
  }

  #forward(result: Result, event: CallEvent, settle: (answer: Answer) => void): void {
    if ("error" in result) {
      discard(event.args);
      settle(result);
      return;
    }
    const durableObjectId = this.#durableObjectId;
    const place = { lane: this.lane, context: this.#caller, durableObjectId, isThrough: true };
    const receiver = { value: result.value, isEntrypoint: false };
    runIn(this.#code, () => {
      perform(place, receiver, event, (outcome) => {
        settle("error" in outcome ? outcome : { ...outcome, durableObjectId });
      });
    });
  }
}

const TOO_DEEP = `RPC pipelined property path is too deep (max ${PATH_LENGTH_MAX - 1}).`;
