/** Performs a call on what it was sent to, in the context that hosts it. */
import { remoteError } from "../errors.js";
import type { Context } from "../lane/context.js";
import type { Lane } from "../lane/lane.js";
import type { CallEvent, Payload } from "./event.js";
import { decodeValue, encodeValue } from "./payload.js";
import { argumentsFor, find, isThenable, notAFunction, type Receiver } from "./receiver.js";

/** What came of a call. */
export type Outcome = { readonly payload: Payload } | { readonly error: unknown };

/**
 * Calls the method, or reads the property, that the event names; `context` is the one that runs now.
 * `done` is told the outcome as its caller is to see it, maybe at once.
 */
export function perform(
  lane: Lane,
  context: Context | undefined,
  receiver: Receiver,
  event: CallEvent,
  done: (outcome: Outcome) => void,
): void {
  const fail = (thrown: unknown): void => done({ error: remoteError(thrown, lane.compatibility) });
  const succeed = (value: unknown): void => {
    let payload: Payload;
    try {
      payload = encodeValue(value);
    } catch (error) {
      fail(error);
      return;
    }
    done({ payload });
  };
  try {
    const { owner, value } = find(receiver, event.path);
    let result = value;
    if (event.args !== undefined) {
      if (typeof value !== "function") throw notAFunction(event.path);
      const args = decodeValue(event.args, lane, context) as unknown[];
      result = Reflect.apply(value, owner, argumentsFor(receiver, event.path, args));
    }
    if (isThenable(result)) result.then(succeed, fail);
    else succeed(result);
  } catch (thrown) {
    fail(thrown);
  }
}
