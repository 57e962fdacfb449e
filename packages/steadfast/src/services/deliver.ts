/** Runs a Worker's handlers on what it is sent through a service binding, outside every object. */
import { remoteError } from "../errors.js";
import { carryRequest } from "../lane/carry.js";
import { type Context, type EntryContext, runIn } from "../lane/context.js";
import { performFetch, withoutHandler } from "../objects/deliver.js";
import { discard } from "../rpc/capability.js";
import type { Answer, ObjectEvent } from "../rpc/event.js";
import { perform } from "../rpc/perform.js";
import { supportsRpc, unsupported } from "../rpc/receiver.js";
import { type Entry, enter } from "./entrypoint.js";
import type { Service } from "./service.js";

/** Which export of a Worker is called, and what it is told of its caller. */
export interface Called {
  readonly service: Service;
  readonly entrypoint: string;
  /** Makes `ctx.props`, anew for each event. */
  readonly props: () => unknown;
}

/** Gives an event of `caller` to the export; `done` is told the answer in a turn of the entry. */
export function serve(
  called: Called,
  event: ObjectEvent,
  caller: Context | undefined,
  depth: number,
  done: (answer: Answer) => void,
): void {
  const { service } = called;
  const context: EntryContext = depth === 0 ? service.context : { service, depth };
  runIn(context, () => {
    if (event.type === "fetch") serveFetch(called, event.request, caller, done);
    else serveCall(called, event, done);
  });
}

type FetchEvent = Extract<ObjectEvent, { type: "fetch" }>;
type CallEvent = Extract<ObjectEvent, { type: "call" }>;

function serveFetch(
  { service, entrypoint, props }: Called,
  sent: FetchEvent["request"],
  caller: Context | undefined,
  done: (answer: Answer) => void,
): void {
  const { lane } = service;
  const request = carryRequest(lane, sent, caller, undefined);
  const handle = (): unknown => service.fetchOf(entrypoint, props(), request, withoutHandler);
  performFetch(lane, undefined, request, handle, done);
}

function serveCall(
  { service, entrypoint, props }: Called,
  event: CallEvent,
  done: (answer: Answer) => void,
): void {
  const { lane } = service;
  const fail = (thrown: unknown): void => {
    discard(event.args);
    done({ error: remoteError(thrown, service.compatibility) });
  };
  let entry: Entry;
  try {
    entry = enter(service, entrypoint, props());
  } catch (thrown) {
    fail(thrown);
    return;
  }
  const { value, ctx, isInstance } = entry;
  if (isInstance && !supportsRpc(value)) {
    fail(unsupported());
    return;
  }
  const handlerArguments = isInstance ? {} : { following: [service.env, ctx] };
  const receiver = { value, isEntrypoint: true, ...handlerArguments };
  const place = { lane, context: undefined, durableObjectId: undefined };
  perform(place, receiver, event, (outcome) =>
    done("error" in outcome ? outcome : { ...outcome, durableObjectId: undefined }),
  );
}
