/** Runs a Worker's handlers on what it is sent through a service binding, outside every object. */
import { remoteError } from "../errors.js";
import { carryRequest } from "../lane/carry.js";
import { type Context, type EntryContext, runIn } from "../lane/context.js";
import { performFetch, withoutHandler } from "../objects/deliver.js";
import { discard } from "../rpc/capability.js";
import type { Answer, ObjectEvent } from "../rpc/event.js";
import { perform } from "../rpc/perform.js";
import { supportsRpc, unsupported } from "../rpc/receiver.js";
import { type Entry, enter, handlerOf } from "./entrypoint.js";
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
    let entry: Entry;
    try {
      entry = enter(service, called.entrypoint, called.props());
    } catch (thrown) {
      if (event.type === "call") discard(event.args);
      done({ error: remoteError(thrown, service.compatibility) });
      return;
    }
    if (event.type === "fetch") serveFetch(service, entry, event.request, caller, done);
    else serveCall(service, entry, event, done);
  });
}

type FetchEvent = Extract<ObjectEvent, { type: "fetch" }>;
type CallEvent = Extract<ObjectEvent, { type: "call" }>;

function serveFetch(
  service: Service,
  entry: Entry,
  sent: FetchEvent["request"],
  caller: Context | undefined,
  done: (answer: Answer) => void,
): void {
  const request = carryRequest(service.lane, sent, caller, undefined);
  const handle = (): unknown => {
    const handler = handlerOf(entry, "fetch", service);
    if (handler === undefined) throw withoutHandler();
    return handler(request);
  };
  performFetch(service.lane, undefined, request, handle, done);
}

function serveCall(
  service: Service,
  { value, ctx, isInstance }: Entry,
  event: CallEvent,
  done: (answer: Answer) => void,
): void {
  const { lane } = service;
  if (isInstance && !supportsRpc(value)) {
    discard(event.args);
    done({ error: remoteError(unsupported(), service.compatibility) });
    return;
  }
  const handlerArguments = isInstance ? {} : { following: [service.env, ctx] };
  const receiver = { value, isEntrypoint: true, ...handlerArguments };
  const place = { lane, context: undefined, durableObjectId: undefined };
  perform(place, receiver, event, (outcome) =>
    done("error" in outcome ? outcome : { ...outcome, durableObjectId: undefined }),
  );
}
