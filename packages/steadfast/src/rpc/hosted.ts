/** Functions and objects that others call where they are. */
import type { Activation } from "../lane/activation.js";
import {
  type Context,
  currentCode,
  currentContext,
  currentDepth,
  type EntryContext,
  runIn,
} from "../lane/context.js";
import { hold } from "../lane/hold.js";
import type { Lane } from "../lane/lane.js";
import { idHex } from "../objects/id.js";
import { discard, discardAnswer, HOST_GONE } from "./capability.js";
import type { Answer, CallEvent, ObjectEvent } from "./event.js";
import { type Outcome, perform } from "./perform.js";
import type { StubTarget } from "./target.js";

/**
 * A value that is called in the context it came from. While somebody holds it, that context's
 * activation stays in memory.
 */
export class Hosted implements StubTarget {
  readonly lane: Lane;
  readonly #value: unknown;
  /** The object it was sent as a member of. */
  readonly #owner: unknown;
  /** What it runs in, and the part of that which is an object's. */
  readonly #code: Context | EntryContext | undefined;
  readonly #host: Context | undefined;
  #holders = 0;

  /** `value`, hosted by the code that runs now. */
  constructor(lane: Lane, value: unknown, owner?: unknown) {
    this.lane = lane;
    this.#value = value;
    this.#owner = owner;
    this.#code = currentCode();
    this.#host = currentContext();
  }

  retain(): void {
    const activation = this.#host?.activation;
    if (this.#holders++ > 0 || activation === undefined || activation.ended !== undefined) return;
    this.lane.native.beginActivity(activation.number);
  }

  release(): void {
    if (--this.#holders > 0) return;
    const activation = this.#host?.activation;
    if (activation?.ended !== undefined) return;
    this.lane.resume(this.#host, () => {
      runIn(this.#code, () => dispose(this.#value));
      if (activation !== undefined) this.lane.native.endActivity(activation.number);
    });
  }

  send(event: ObjectEvent, settle: (answer: Answer) => void): void {
    if (event.type !== "call") {
      settle({ error: new TypeError("only a service or an object can be sent a request") });
      return;
    }
    const activation = this.#host?.activation;
    if (activation?.ended !== undefined) {
      discard(event.args);
      settle({ error: new Error(HOST_GONE) });
      return;
    }
    this.#call(event, currentContext(), settle);
  }

  #call(event: CallEvent, caller: Context | undefined, settle: (answer: Answer) => void): void {
    const { lane } = this;
    const host = this.#host;
    const depth = currentDepth() + 1;
    const durableObjectId = host && idHex(host.activation.id);
    const release = hold(lane, caller?.activation);
    let delivered = false;
    const told = untilEnd(lane, host?.activation, caller, (answer) => {
      release();
      if (!delivered) discard(event.args);
      settle(answer);
    });
    const answered = (outcome: Outcome): void => {
      const answer = "error" in outcome ? outcome : { ...outcome, durableObjectId };
      if (caller?.activation.ended !== undefined) discardAnswer(answer);
      else lane.pass(host?.activation, caller, () => told(answer));
    };
    const value = this.#value;
    const receiver = { value, isEntrypoint: false, owner: event.asMember ? this.#owner : value };
    lane.pass(caller?.activation, host, () => {
      delivered = true;
      const code = this.#code && { ...this.#code, depth };
      runIn(code, () =>
        perform({ lane, context: host, durableObjectId }, receiver, event, answered),
      );
    });
  }
}

/** `settle`, which is told the error of the activation instead if that ends first. */
function untilEnd(
  lane: Lane,
  activation: Activation | undefined,
  caller: Context | undefined,
  settle: (answer: Answer) => void,
): (answer: Answer) => void {
  if (activation === undefined) return settle;
  let open = true;
  const once = (answer: Answer): void => {
    forget();
    if (open) settle(answer);
    else discardAnswer(answer);
    open = false;
  };
  const forget = activation.onEnd(() => {
    lane.resume(caller, () => once({ error: activation.ended }));
  });
  return once;
}

/** Runs the value's own disposer, if it has one. */
function dispose(value: unknown): void {
  const disposer: unknown = Reflect.get(value as object, Symbol.dispose);
  if (typeof disposer !== "function") return;
  try {
    Reflect.apply(disposer, value, []);
  } catch (error) {
    console.error("uncaught (in a disposer)", error);
  }
}
