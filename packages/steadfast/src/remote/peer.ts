/** Another lane, as this one reaches it. */
import { remoteError } from "../errors.js";
import { carryBody, carryResponse } from "../lane/carry.js";
import {
  type Context,
  currentContext,
  currentDepth,
  type EntryContext,
  runIn,
} from "../lane/context.js";
import { hold } from "../lane/hold.js";
import type { Lane, ObjectAddress } from "../lane/lane.js";
import { discard, discardAnswer, HOST_GONE } from "../rpc/capability.js";
import type { Answer, ObjectEvent } from "../rpc/event.js";
import { passSocket, socketNumbered } from "../sockets/transfer.js";
import type { ByteStream, PlainBody } from "../web/body.js";
import { pack } from "../web/header-list.js";
import {
  handshakeResponse,
  rawResponseHeaders,
  responseFromParts,
  takeResponseBody,
} from "../web/response.js";
import {
  type BodyPart,
  type Callee,
  type Heading,
  type Message,
  type Parcel,
  packBody,
  packError,
  unpackBody,
  unpackError,
} from "./message.js";
import type { Way } from "./remote-target.js";
import { Streams } from "./streams.js";
import { type PartBytes, Values } from "./values.js";

/** Calls to one lane that wait for an answer. Ours: bounds memory while that lane is slow. */
const PENDING_CALLS_MAX = 100_000;

type Settle = (answer: Answer) => void;

interface Pending {
  readonly context: Context | undefined;
  readonly settle: Settle;
  /** Lets go of the caller, which is in memory while it waits. */
  readonly release: () => void;
}

/** What has to be sent, when its bytes are there. */
interface Sending {
  readonly message: Message;
  readonly bytes?: PartBytes;
}

/** One life of the lane at a place: what was lent, asked and streamed ends with it. */
class Life implements Way {
  readonly lane: Lane;
  readonly values: Values;
  readonly streams: Streams;
  readonly #peer: Peer;
  /** Which of the lanes that were at that place, one after another. */
  readonly number: number;
  #isOpen = true;

  constructor(peer: Peer, lane: Lane, number: number) {
    this.#peer = peer;
    this.lane = lane;
    this.number = number;
    this.streams = new Streams((parcel) => this.#peer.send(this, parcel, undefined));
    this.values = new Values(lane, this, this.streams);
  }

  isOpen(): boolean {
    return this.#isOpen;
  }

  call(exported: number, event: ObjectEvent, settle: Settle): void {
    this.#peer.ask([exported], event, settle);
  }

  release(exported: number): void {
    const parcel: Parcel = { message: ["release", exported] };
    this.lane.resume(undefined, () => this.#peer.send(this, parcel, undefined));
  }

  end(): void {
    this.#isOpen = false;
    this.streams.lost(connectionLost());
    this.values.lost();
  }
}

type AnswerMessage = Extract<Message, ["response" | "socket" | "value" | "error", ...unknown[]]>;

export class Peer {
  readonly #lane: Lane;
  readonly #place: number;
  #life: Life;
  /** The number of a call made after the last one there had died: older stubs are broken. */
  #began = 0;
  readonly #pending = new Map<number, Pending>();
  /** What waits behind a message whose bytes are being read. */
  #waiting: Promise<void> | undefined;

  constructor(lane: Lane, place: number, life: number) {
    this.#lane = lane;
    this.#place = place;
    this.#life = new Life(this, lane, life);
  }

  /** Sends an event to an object there; see `Lane.call`. */
  call(target: ObjectAddress, event: ObjectEvent, settle: Settle): number {
    const { firstCall, namespace, id, name } = target;
    if (firstCall !== 0 && firstCall < this.#began) {
      refuse(event, settle, connectionLost());
      return 0;
    }
    return this.ask([firstCall, namespace, id, name ?? null], event, settle);
  }

  /** Sends an event there, and tells the answer in a turn of the context that runs now. */
  ask(callee: Callee, event: ObjectEvent, settle: Settle): number {
    const context = currentContext();
    if (this.#pending.size >= PENDING_CALLS_MAX) {
      refuse(event, settle, Object.assign(new Error(OVERLOADED), { overloaded: true }));
      return 0;
    }
    const call = this.#lane.native.nextCall();
    const sending = this.#packEvent([call, currentDepth(), callee], event, context);
    this.send(this.#life, sending, context, (error) => this.#answered(call, { error }));
    const forget = (): void => void this.#pending.delete(call);
    const release = hold(this.#lane, context?.activation, forget);
    this.#pending.set(call, { context, settle, release });
    return call;
  }

  /** The lane there has sent something; `entry` is how code of this lane's entry runs. */
  received(
    message: Message,
    bytes: Uint8Array | undefined,
    entry: (depth: number) => EntryContext,
  ): void {
    const { streams, values } = this.#life;
    switch (message[0]) {
      case "fetch":
      case "call":
        runIn(entry(message[1][1]), () => this.#perform(message, bytes));
        break;
      case "response":
      case "socket":
      case "value":
      case "error":
        this.#answered(message[1], this.#answerIn(message, bytes));
        break;
      case "release":
        values.released(message[1]);
        break;
      default:
        receivedOfStream(streams, message, bytes);
    }
  }

  /** The lane there has died; the next one there has this life. */
  lost(life: number): void {
    const ended = this.#life;
    this.#life = new Life(this, this.#lane, life);
    this.#began = this.#lane.native.nextCall();
    ended.end();
    for (const call of [...this.#pending.keys()]) {
      this.#answered(call, { error: connectionLost() });
    }
  }

  /**
   * Sends when this turn has ended, as the doing of `from`, unless that life is over. Bytes that have to be read
   * first hold up what comes behind them; `unread` is told when they cannot be read.
   */
  send(
    life: Life,
    { message, bytes }: Sending,
    from: Context | undefined,
    unread?: (error: unknown) => void,
  ): void {
    if (!(bytes instanceof Promise) && this.#waiting === undefined) {
      this.#post(life, message, bytes, from);
      return;
    }
    const before = this.#waiting;
    const waiting = Promise.allSettled([bytes, before]).then(([read]) => {
      if (this.#waiting === waiting) this.#waiting = undefined;
      if (read.status === "fulfilled") this.#post(life, message, read.value, from);
      else unread?.(read.reason);
    });
    this.#waiting = waiting;
  }

  /** Makes a call of the other lane's here. */
  #perform(
    message: Extract<Message, ["fetch" | "call", ...unknown[]]>,
    bytes: Uint8Array | undefined,
  ): void {
    const [call, , callee] = message[1];
    const life = this.#life;
    const settle: Settle = (answer) => this.#reply(call, life, answer);
    let event: ObjectEvent;
    try {
      event = this.#unpackEvent(message, bytes);
    } catch (error) {
      // It refers to what is here no more.
      settle({ error });
      return;
    }
    if (callee.length > 1) {
      const [firstCall, namespace, id, name] = callee as Extract<
        Callee,
        [number, ...unknown[], unknown]
      >;
      this.#lane.call({ namespace, id, name: name ?? undefined, firstCall }, event, settle);
      return;
    }
    const target = life.values.exported(callee[0]);
    if (target === undefined) refuse(event, settle, new Error(HOST_GONE));
    else target.send(event, settle);
  }

  /** Sends the answer back, unless who asked has died. */
  #reply(call: number, life: Life, answer: Answer): void {
    if (!life.isOpen()) {
      discardAnswer(answer);
      return;
    }
    const failure = (error: unknown): Sending => {
      const bytes = packError(remoteError(error, this.#lane.compatibility));
      return { message: ["error", call], bytes };
    };
    let sending: Sending;
    try {
      sending = this.#packAnswer(call, answer);
    } catch (error) {
      // Its body was used before.
      sending = failure(error);
    }
    this.send(life, sending, undefined, (error) => this.send(life, failure(error), undefined));
  }

  /** Tells the caller the answer, through its gate if it is an object. */
  #answered(call: number, answer: Answer): void {
    const pending = this.#pending.get(call);
    if (pending === undefined) {
      discardAnswer(answer);
      return;
    }
    this.#pending.delete(call);
    const { context, settle, release } = pending;
    if (context === undefined) {
      settle(answer);
      return;
    }
    this.#lane.pass(undefined, context, () => {
      release();
      runIn(context, () => settle(answer));
    });
  }

  #packEvent(heading: Heading, event: ObjectEvent, from: Context | undefined): Sending {
    if (event.type === "call") {
      const path = event.path;
      if (event.args === undefined) {
        return { message: ["call", heading, path, null] };
      }
      const [part, bytes] = this.#life.values.pack(event.args);
      return { message: ["call", heading, path, part], bytes };
    }
    const { method, url, headers, body, cf } = event.request;
    const carried = carryBody(this.#lane, body, from?.activation, undefined);
    const [part, bytes] = this.#packBody(carried);
    return { message: ["fetch", heading, method, url, headers, part, cf ?? null], bytes };
  }

  #unpackEvent(
    message: Extract<Message, ["fetch" | "call", ...unknown[]]>,
    bytes: Uint8Array | undefined,
  ): ObjectEvent {
    if (message[0] === "call") {
      const [type, , path, part] = message;
      const args = part === null ? undefined : this.#life.values.unpack(part, bytes);
      return { type, path, args };
    }
    const [type, , method, url, headers, part, cf] = message;
    const body = this.#unpackBody(part, bytes);
    return { type, request: { method, url, headers, body, cf: cf ?? undefined } };
  }

  #packAnswer(call: number, answer: Answer): Sending {
    if ("error" in answer) return { message: ["error", call], bytes: packError(answer.error) };
    if ("payload" in answer) {
      const [part, bytes] = this.#life.values.pack(answer.payload);
      return { message: ["value", call, part, answer.durableObjectId ?? null], bytes };
    }
    const { url, from } = answer;
    const response = carryResponse(this.#lane, answer.response, url, from, undefined);
    const headers = pack(rawResponseHeaders(response));
    if (response.webSocket !== null) {
      const socket = passSocket(this.#lane, response.webSocket);
      return { message: ["socket", call, headers, url, socket] };
    }
    const { status, statusText } = response;
    const [part, bytes] = this.#packBody(takeResponseBody(response));
    return { message: ["response", call, status, statusText, headers, url, part], bytes };
  }

  /** The answer in a message; an error when it refers to what is here no more. */
  #answerIn(message: AnswerMessage, bytes: Uint8Array | undefined): Answer {
    try {
      return this.#unpackAnswer(message, bytes);
    } catch (error) {
      return { error };
    }
  }

  #unpackAnswer(message: AnswerMessage, bytes: Uint8Array | undefined): Answer {
    switch (message[0]) {
      case "error":
        return { error: unpackError(bytes) };
      case "value": {
        const [, , part, durableObjectId] = message;
        const payload = this.#life.values.unpack(part, bytes);
        return { payload, durableObjectId: durableObjectId ?? undefined };
      }
      case "socket": {
        const [, , headers, url, socket] = message;
        const response = handshakeResponse(headers, socketNumbered(this.#lane, socket));
        return { response, url, from: undefined };
      }
      case "response": {
        const [, , status, statusText, headers, url, part] = message;
        const body = this.#unpackBody(part, bytes);
        const response = responseFromParts(status, statusText, headers, body);
        return { response, url, from: undefined };
      }
    }
  }

  #packBody(body: PlainBody | ByteStream | null): [BodyPart, Uint8Array?] {
    if (body === null || typeof body === "string" || body instanceof Uint8Array) {
      return packBody(body);
    }
    return [[this.#life.streams.give(body)]];
  }

  #unpackBody(part: BodyPart, bytes: Uint8Array | undefined): PlainBody | ByteStream | null {
    return Array.isArray(part) ? this.#life.streams.take(part[0]) : unpackBody(part, bytes);
  }

  #post(
    life: Life,
    message: Message,
    bytes: Uint8Array | undefined,
    from: Context | undefined,
  ): void {
    if (!life.isOpen() || from?.activation.ended !== undefined) return;
    this.#lane.ensureTurn();
    this.#lane.native.post(
      from?.activation.number ?? 0,
      from?.section ?? 0,
      this.#place,
      life.number,
      JSON.stringify(message),
      bytes,
    );
  }
}

/** What concerns a stream, one way or the other. */
function receivedOfStream(
  streams: Streams,
  message: Extract<Message, [string, stream: number]>,
  bytes: Uint8Array | undefined,
): void {
  const [kind, stream] = message;
  switch (kind) {
    case "pull":
      streams.pulled(stream);
      break;
    case "chunk":
      streams.arrived(stream, bytes ?? new Uint8Array());
      break;
    case "end":
      streams.ended(stream);
      break;
    case "fail":
      streams.failed(stream, bytes);
      break;
    case "cancel":
      streams.cancelled(stream);
      break;
    case "write":
      streams.write(stream, bytes ?? new Uint8Array());
      break;
    case "close":
      streams.close(stream);
      break;
    case "abort":
      streams.abort(stream);
      break;
    case "written":
      streams.written(stream, undefined);
      break;
    case "broken":
      streams.written(stream, unpackError(bytes));
      break;
    default:
      break;
  }
}

function refuse(event: ObjectEvent, settle: Settle, error: Error): void {
  if (event.type === "call") discard(event.args);
  settle({ error });
}

/** What callers see of a lane that has died. */
function connectionLost(): Error {
  return Object.assign(new Error("Network connection lost."), { retryable: true });
}

const OVERLOADED = "Durable Object is overloaded. Too many requests queued.";
