/** Stubs of functions and of `RpcTarget`s. */
import type { Activation } from "../lane/activation.js";
import { currentContext } from "../lane/context.js";
import { runningLane } from "../lane/lane.js";
import { illegalInvocation } from "../objects/arguments.js";
import { discard } from "./capability.js";
import { RpcTarget } from "./classes.js";
import type { Answer, ObjectEvent } from "./event.js";
import { Hosted } from "./hosted.js";
import { MemberHandler, makeFunction } from "./member.js";
import type { Side } from "./payload.js";
import { callTarget, makeProperty, type RpcPromise, type RpcProperty } from "./property.js";
import { handlerOf, NO_NAMES } from "./reference.js";
import type { StubTarget, Target } from "./target.js";

/** Something to call in another context: a function, or an object with methods. */
export interface RpcStub {
  (...args: unknown[]): RpcPromise;
  /** A second stub of the same, disposed by itself. */
  dup(): RpcStub;
  [Symbol.dispose](): void;
}

interface RpcStubConstructor {
  new (value: object): RpcStub;
  readonly prototype: RpcStub;
}

/** What a stub inherits from. `new RpcStub(value)` is a stub of something here. */
export const RpcStub: RpcStubConstructor = function RpcStub(this: unknown, value: unknown) {
  if (new.target === undefined) throw new TypeError(NEEDS_NEW);
  if ((typeof value !== "object" && typeof value !== "function") || value === null) {
    throw new TypeError(NOT_AN_OBJECT);
  }
  const known = handlerOf(value);
  if (known instanceof Stub) return known.dup();
  if (!isWrappable(value)) throw new TypeError(NOT_WRAPPABLE);
  const context = currentContext();
  const lane = context?.activation.lane ?? runningLane();
  return makeStub(new Hosted(lane, value), context?.activation);
} as unknown as RpcStubConstructor;

/** Whether a stub of the value can be made. */
function isWrappable(value: object): boolean {
  if (typeof value === "function" || value instanceof RpcTarget) return true;
  return Object.getPrototypeOf(value) === Object.prototype;
}

Object.defineProperties(RpcStub.prototype, {
  dup: {
    value: function dup(this: unknown): RpcStub {
      return stubOf(this).dup();
    },
    writable: true,
    enumerable: true,
    configurable: true,
  },
  [Symbol.dispose]: {
    value: function dispose(this: unknown): void {
      stubOf(this).dispose();
    },
    writable: true,
    configurable: true,
  },
  [Symbol.toStringTag]: { value: "JsRpcStub", configurable: true },
});

/** A stub of `target` for the code of `owner`, which lets go of it when it ends. */
export function makeStub(target: StubTarget, owner: Activation | undefined): RpcStub {
  return makeFunction(new Stub(target, owner));
}

/** The inside of a stub: one holder of its target. */
export class Stub extends MemberHandler implements Target {
  readonly held: StubTarget;
  readonly #owner: Activation | undefined;
  readonly #hold: Hold;

  constructor(held: StubTarget, owner: Activation | undefined) {
    super();
    this.held = held;
    this.#owner = owner;
    const hold = new Hold(held);
    hold.forget = owner?.onEnd(() => hold.release());
    abandoned.register(this, hold, this);
    this.#hold = hold;
  }

  get lane(): Target["lane"] {
    return this.held.lane;
  }

  get prototype(): object {
    return RpcStub.prototype;
  }

  get target(): Target {
    return this;
  }

  get path(): readonly string[] {
    return NO_NAMES;
  }

  get disposed(): boolean {
    return this.#hold.released;
  }

  protected member(name: string): RpcProperty {
    return makeProperty(this, [name]);
  }

  protected call(args: unknown[]): RpcPromise {
    return callTarget(this, NO_NAMES, args);
  }

  /** Awaiting a stub does not ask it for anything. */
  protected override isHidden(name: string): boolean {
    return name === "then";
  }

  send(event: ObjectEvent, settle: (answer: Answer) => void): void {
    if (!this.disposed) {
      this.held.send(event, settle);
      return;
    }
    if (event.type === "call") discard(event.args);
    // In a turn of its own, like every other answer.
    this.lane.resume(currentContext(), () => settle({ error: usedAfterDisposal() }));
  }

  dup(): RpcStub {
    if (this.disposed) throw usedAfterDisposal();
    return makeStub(this.held, this.#owner);
  }

  dispose(): void {
    abandoned.unregister(this);
    this.#hold.release();
  }
}

/** One holder's part in a target. */
class Hold {
  readonly #target: StubTarget;
  released = false;
  forget: (() => void) | undefined;

  constructor(target: StubTarget) {
    this.#target = target;
    target.retain();
  }

  release(): void {
    if (this.released) return;
    this.released = true;
    this.forget?.();
    this.#target.release();
  }
}

/** Lets go of what stubs hold that nobody disposed and nobody can use any more. */
const abandoned = new FinalizationRegistry((hold: Hold) => hold.release());

/** What a stub that was sent after it was disposed leads to. */
export function disposed({ lane }: Side): StubTarget {
  return {
    lane,
    send(event, settle) {
      if (event.type === "call") discard(event.args);
      settle({ error: usedAfterDisposal() });
    },
    retain: () => undefined,
    release: () => undefined,
  };
}

function usedAfterDisposal(): Error {
  return new Error("RPC stub used after being disposed.");
}

function stubOf(value: unknown): Stub {
  const handler = handlerOf(value);
  if (handler instanceof Stub) return handler;
  throw illegalInvocation();
}

const NEEDS_NEW =
  "Failed to construct 'JsRpcStub': Please use the 'new' operator, this object constructor cannot be called as a function.";
const NOT_AN_OBJECT =
  "Failed to construct 'JsRpcStub': constructor parameter 1 is not of type 'Object'.";
const NOT_WRAPPABLE = "RpcStubs can only wrap plain objects, functions, and RpcTarget derivatives.";
