/** Performs a call on what it was sent to, in the context that hosts it. */
import { remoteError } from "../errors.js";
import type { Context } from "../lane/context.js";
import type { Lane } from "../lane/lane.js";
import { discard } from "./capability.js";
import type { CallEvent, Payload } from "./event.js";
import { decodeArguments, encodeResult, type Received } from "./payload.js";
import { argumentsFor, find, isThenable, notAFunction, type Receiver } from "./receiver.js";

/** What came of a call. */
export type Outcome = { readonly payload: Payload } | { readonly error: unknown };

/** Where a call is performed: the context that runs now. */
export interface Place {
  readonly lane: Lane;
  readonly context: Context | undefined;
  /** The object whose code it is; callers are told when it throws. */
  readonly durableObjectId: string | undefined;
  /** Whether its own code takes no part: what a stub on the way answers is passed on as it is. */
  readonly isThrough?: boolean;
}

/**
 * Calls the method, or reads the property, that the event names. `done` is told the outcome as its
 * caller is to see it, maybe at once. Stubs among the arguments are disposed when the call has ended.
 */
export function perform(
  place: Place,
  receiver: Receiver,
  event: CallEvent,
  done: (outcome: Outcome) => void,
): void {
  const { lane, durableObjectId } = place;
  let found: ReturnType<typeof find>;
  try {
    found = find(receiver, event.path, event.args !== undefined);
    if ("value" in found && event.args !== undefined && typeof found.value !== "function") {
      throw notAFunction(event.path);
    }
  } catch (error) {
    discard(event.args);
    const told = remoteError(error, lane.compatibility);
    const isFacet = place.context?.activation.facetOf !== undefined;
    const isAnonymous = (receiver.isEntrypoint && !isFacet) || durableObjectId === undefined;
    done({ error: isAnonymous ? told : Object.assign(told, { durableObjectId }) });
    return;
  }
  if ("value" in found) run(place, receiver, found, event, done);
  else forward(place, found, event.args, done);
}

/** Runs user code. */
function run(
  place: Place,
  receiver: Receiver,
  { owner, value }: { readonly owner: unknown; readonly value: unknown },
  { path, args }: CallEvent,
  done: (outcome: Outcome) => void,
): void {
  const received: Received = [];
  const end = (outcome: Outcome): void => {
    for (const stub of received) stub.dispose();
    done(outcome);
  };
  const fail = (thrown: unknown): void => {
    end({ error: remoteError(thrown, place.lane.compatibility, place.durableObjectId) });
  };
  const succeed = (result: unknown): void => {
    let payload: Payload;
    try {
      payload = encodeResult(place, result);
    } catch (error) {
      end({ error: remoteError(error, place.lane.compatibility) });
      return;
    }
    end({ payload });
  };
  try {
    let result = value;
    if (args !== undefined) {
      const given = argumentsFor(receiver, path, decodeArguments(args, place, received));
      result = Reflect.apply(value as () => unknown, owner, given);
    }
    if (isThenable(result)) result.then(succeed, fail);
    else succeed(result);
  } catch (thrown) {
    fail(thrown);
  }
}

/** Lets the target of a stub answer. Its errors are errors of this context too. */
function forward(
  place: Place,
  { reference, path, isMember }: Exclude<ReturnType<typeof find>, { value: unknown }>,
  args: Payload | undefined,
  done: (outcome: Outcome) => void,
): void {
  const { target } = reference;
  const asMember = place.isThrough === true && isMember;
  const onward = { type: "call", path: [...reference.path, ...path], args, asMember } as const;
  target.send(onward, (answer) => {
    if ("payload" in answer) done({ payload: answer.payload });
    else if ("error" in answer) {
      const error = place.isThrough
        ? answer.error
        : remoteError(answer.error, place.lane.compatibility, place.durableObjectId);
      done({ error });
    }
  });
}
