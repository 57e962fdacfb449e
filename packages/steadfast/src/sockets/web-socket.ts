/**
 * `WebSocket`: an end of a pair, of a connection that the server has accepted, or of one to outside.
 *
 * The object is the face of a {@link SocketHandle}: it checks what it is given, in workerd's words, and
 * tells its listeners. Which test to read first: `test/sockets.test.mjs`.
 */
import type { Compatibility } from "../compatibility.js";
import { currentCode, runIn } from "../lane/context.js";
import { illegalInvocation, isOptions, tag, wrongArgument } from "../objects/arguments.js";
import { decode, encodeBytes } from "../objects/values.js";
import { closeArguments } from "./close.js";
import { CloseEvent, ErrorEvent } from "./events.js";
import { SocketHandle } from "./handle.js";
import { knownLane } from "./lane-of-thread.js";
import { connect } from "./outgoing.js";

export interface AcceptOptions {
  allowHalfOpen?: boolean;
}

type Listener = Parameters<EventTarget["addEventListener"]>[1];
type ListenerOptions = Parameters<EventTarget["addEventListener"]>[2];

/** The `WebSocket` of a handle. */
export let faceOf: (handle: SocketHandle) => WebSocket;
/** The handle behind `value`, if that is a `WebSocket` of ours. */
export let handleOf: (value: unknown) => SocketHandle | undefined;

/** Gives the listeners a message. */
export let receiveMessage: (face: WebSocket, message: string | ArrayBuffer) => void;
/** Tells the listeners that the peer closes or is gone. */
export let receiveClose: (face: WebSocket, code: number, reason: string, clean: boolean) => void;
/** Tells the listeners of an event. */
export let receiveEvent: (face: WebSocket, event: Event) => void;

export class WebSocket extends EventTarget {
  static readonly READY_STATE_CONNECTING = 0;
  static readonly CONNECTING = 0;
  static readonly READY_STATE_OPEN = 1;
  static readonly OPEN = 1;
  static readonly READY_STATE_CLOSING = 2;
  static readonly CLOSING = 2;
  static readonly READY_STATE_CLOSED = 3;
  static readonly CLOSED = 3;

  readonly #handle: SocketHandle;
  #isHalfOpenAllowed: boolean | undefined;
  #binaryType: "blob" | "arraybuffer" | undefined;
  /** What is registered for each listener: it must not throw into the lane. */
  #guards: Map<string, Map<object, (event: Event) => void>> | undefined;

  constructor(url: string | URL, protocols?: string | string[]);
  constructor(given: unknown, ...rest: unknown[]) {
    super();
    if (given instanceof SocketHandle) {
      this.#handle = given;
      return;
    }
    if (given === undefined) {
      throw new TypeError(
        "Failed to construct 'WebSocket': constructor parameter 1 is not of type 'string'.",
      );
    }
    this.#handle = connect(given, rest[0], (handle) => {
      faces.set(handle, this);
    });
  }

  static {
    faceOf = (handle) => {
      let face = faces.get(handle);
      if (face === undefined) {
        face = Reflect.construct(WebSocket, [handle]) as WebSocket;
        faces.set(handle, face);
      }
      return face;
    };
    handleOf = (value) =>
      typeof value === "object" && value !== null && #handle in value ? value.#handle : undefined;
    receiveMessage = (face, message) => face.#message(message);
    receiveClose = (face, ...closed) => face.#closed(...closed);
    receiveEvent = (face, event) => face.#dispatch(event);
  }

  /** Begins to take what arrives: the listeners are told. */
  accept(options?: AcceptOptions): void {
    const handle = handleOf(this);
    if (handle === undefined) throw illegalInvocation();
    if (!isOptions(options)) throw wrongArgument("accept", "WebSocket", 1, "AcceptOptions");
    if (handle.isOutgoing) throw new TypeError(OUTGOING);
    if (handle.use === "hibernating") {
      throw new TypeError("Can't accept() WebSocket after enabling hibernation.");
    }
    if (handle.use === "passed") throw new TypeError(USED_IN_RESPONSE);
    if (handle.use === "listening") return;
    this.#isHalfOpenAllowed = options?.allowHalfOpen;
    handle.listen(currentCode());
  }

  send(message: string | ArrayBuffer | ArrayBufferView): void;
  send(...given: unknown[]): void {
    const handle = handleOf(this);
    if (handle === undefined) throw illegalInvocation();
    if (given.length === 0) {
      throw wrongArgument("send", "WebSocket", 1, "ArrayBuffer or ArrayBufferView or string");
    }
    if (handle.closedHere) throw new TypeError("Can't call WebSocket send() after close().");
    requireAccepted(handle);
    handle.send(payloadOf(given[0]));
  }

  close(code?: number, reason?: string): void;
  close(...given: unknown[]): void {
    const handle = handleOf(this);
    if (handle === undefined) throw illegalInvocation();
    const { code, reason } = closeArguments(given, this.#compatibility);
    if (handle.closedHere) return;
    if (!handle.isConnecting) requireAccepted(handle);
    handle.close(code, reason);
  }

  /** Keeps a copy of a value with the socket, also while it hibernates. */
  serializeAttachment(value: unknown): void;
  serializeAttachment(...given: unknown[]): void {
    const handle = handleOf(this);
    if (handle === undefined) throw illegalInvocation();
    if (given.length === 0) throw wrongArgument("serializeAttachment", "WebSocket", 1, "Value");
    const bytes = encodeBytes(given[0], handle.lane.compatibility);
    handle.attachment = bytes;
  }

  /** A fresh copy of it; `null` when nothing was kept. */
  deserializeAttachment(): unknown {
    const handle = handleOf(this);
    if (handle === undefined) throw illegalInvocation();
    const bytes = handle.attachment;
    return bytes === null ? null : decode(bytes);
  }

  get readyState(): number {
    return this.#handle.readyState;
  }

  get bufferedAmount(): number {
    return 0;
  }

  get url(): string | null {
    return this.#handle.url;
  }

  get protocol(): string {
    return this.#handle.protocol;
  }

  get extensions(): string {
    return this.#handle.extensions;
  }

  get binaryType(): "blob" | "arraybuffer" {
    if (this.#binaryType !== undefined) return this.#binaryType;
    return this.#compatibility?.standardBinaryType === false ? "arraybuffer" : "blob";
  }

  set binaryType(type: string) {
    if (type === "blob" || type === "arraybuffer") this.#binaryType = type;
  }

  /** The switches of the Worker whose code uses it. */
  get #compatibility(): Compatibility | undefined {
    const handle = this.#handle;
    if (handle.use === "free") return knownLane()?.compatibility;
    const { context } = handle;
    return (context?.activation ?? context)?.service?.compatibility ?? handle.lane.compatibility;
  }

  override addEventListener(type: string, listener: Listener, options?: ListenerOptions): void {
    super.addEventListener(type, listener && this.#guarded(type, listener), options);
  }

  override removeEventListener(type: string, listener: Listener, options?: ListenerOptions): void {
    super.removeEventListener(type, listener && this.#guarded(type, listener), options);
  }

  /** What stands for a listener: an exception of it is the program's own affair. */
  #guarded(type: string, listener: object): (event: Event) => void {
    this.#guards ??= new Map();
    let guards = this.#guards.get(type);
    if (guards === undefined) {
      guards = new Map();
      this.#guards.set(type, guards);
    }
    let guard = guards.get(listener);
    if (guard === undefined) {
      guard = (event) => tell(this, listener, event);
      guards.set(listener, guard);
    }
    return guard;
  }

  #message(message: string | ArrayBuffer): void {
    const data =
      typeof message === "string" || this.binaryType === "arraybuffer"
        ? message
        : new Blob([message]);
    this.#dispatch(new MessageEvent("message", { data }));
  }

  #closed(code: number, reason: string, wasClean: boolean): void {
    const handle = this.#handle;
    const autoReplyToClose = this.#compatibility?.autoReplyToClose !== false;
    const isAutomatic =
      this.#isHalfOpenAllowed === undefined ? autoReplyToClose : !this.#isHalfOpenAllowed;
    handle.end();
    handle.isConnecting = false;
    if (wasClean) {
      handle.closedByPeer = true;
      const isEmpty = code === NO_CODE;
      if (isAutomatic && !handle.closedHere) handle.close(isEmpty ? undefined : code, reason);
    } else {
      handle.isLost = true;
    }
    this.#dispatch(new CloseEvent("close", { code, reason, wasClean }));
  }

  #dispatch(event: Event): void {
    const { type } = event;
    const handler: unknown = Reflect.get(this, `on${type}`);
    if (typeof handler === "function" && this.#guards?.get(type)?.has(ON) !== true) {
      // Looked up when it is called: it may be replaced.
      const call = (told: Event): void => {
        const current: unknown = Reflect.get(this, `on${type}`);
        if (typeof current === "function") tell(this, current, told);
      };
      this.#guarded(type, ON);
      super.addEventListener(type, call);
    }
    runIn(this.#handle.context, () => this.dispatchEvent(event));
  }
}

for (const [name, value] of Object.entries({
  READY_STATE_CONNECTING: 0,
  CONNECTING: 0,
  READY_STATE_OPEN: 1,
  OPEN: 1,
  READY_STATE_CLOSING: 2,
  CLOSING: 2,
  READY_STATE_CLOSED: 3,
  CLOSED: 3,
})) {
  Object.defineProperty(WebSocket.prototype, name, { value, configurable: true });
}
tag(WebSocket, "WebSocket");

/** Tells the listeners that the connection has failed. */
export function receiveError(handle: SocketHandle, message: string): void {
  handle.end();
  handle.isConnecting = false;
  handle.isLost = true;
  const error = new Error(message);
  receiveEvent(
    faceOf(handle),
    new ErrorEvent("error", { message: `Uncaught Error: ${message}`, error }),
  );
}

/** Tells the listeners that the connection stands. */
export function receiveOpen(handle: SocketHandle): void {
  receiveEvent(faceOf(handle), new Event("open"));
}

/** A handle is known where its face is not wanted. */
const faces = new WeakMap<SocketHandle, WebSocket>();

/** Stands for the `on…` property among the listeners. */
const ON = {};

function tell(face: WebSocket, listener: object, event: Event): void {
  try {
    if (typeof listener === "function") listener.call(face, event);
    else (listener as { handleEvent?: (event: Event) => void }).handleEvent?.(event);
  } catch (error) {
    console.error("uncaught (in WebSocket listener)", error);
  }
}

function requireAccepted({ use, isConnecting }: SocketHandle): void {
  if (isConnecting || use === "free" || use === "passed") {
    throw new TypeError(
      "You must call one of accept() or state.acceptWebSocket() on this WebSocket before sending messages.",
    );
  }
}

function payloadOf(message: unknown): string | Uint8Array {
  if (typeof message === "string") return message;
  if (ArrayBuffer.isView(message)) {
    return new Uint8Array(message.buffer, message.byteOffset, message.byteLength);
  }
  if (message instanceof ArrayBuffer || message instanceof SharedArrayBuffer) {
    return new Uint8Array(message);
  }
  return String(message);
}

const OUTGOING = "Websockets obtained from the 'new WebSocket()' constructor cannot call accept";
const USED_IN_RESPONSE = "Can't accept() WebSocket that was already used in a response.";
/** The code of an empty Close frame. */
const NO_CODE = 1005;
