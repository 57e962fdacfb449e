/**
 * What a `WebSocket` of user code stands for: the number of a socket in the runtime, and what is known of
 * it here. The socket outlives its handle when it hibernates.
 */
import { fromNative } from "../errors.js";
import type { Activation } from "../lane/activation.js";
import type { Context, EntryContext } from "../lane/context.js";
import type { Lane } from "../lane/lane.js";
import { laneOfThread } from "./lane-of-thread.js";

/** Who takes what arrives. */
export type Use =
  /** Nobody yet. */
  | "free"
  /** The listeners of the `WebSocket`. */
  | "listening"
  /** The handlers of an object. */
  | "hibernating"
  /** Somebody it was passed on to: the handle is of no more use. */
  | "passed";

/**
 * What the two ends of a `WebSocketPair` have in common. They become sockets of the runtime when the
 * first of them is used. An end is not kept here: its peer is told when nobody can use it any more.
 */
export class PairOfEnds {
  readonly ends: readonly [WeakRef<SocketHandle>, WeakRef<SocketHandle>];
  /** Which of them somebody has taken. */
  readonly isTaken: [boolean, boolean] = [false, false];
  #isBound = false;

  constructor(first: SocketHandle, second: SocketHandle) {
    this.ends = [new WeakRef(first), new WeakRef(second)];
  }

  /** Makes sockets of both. */
  bind(lane: Lane): void {
    if (this.#isBound) return;
    this.#isBound = true;
    const first = lane.native.socketPair();
    for (const [at, end] of this.ends.entries()) {
      const handle = end.deref();
      if (handle === undefined) lane.native.socketAbort(first + at);
      else handle.attach(lane, first + at);
    }
  }
}

export class SocketHandle {
  use: Use = "free";
  /** Whose code uses it, if that is known. */
  context: Context | EntryContext | undefined;
  /** The pair it is an end of, and which, when it was made here. */
  pair: PairOfEnds | undefined;
  side: 0 | 1 = 0;
  isConnecting = false;
  /** Opened by `new WebSocket`. */
  isOutgoing = false;
  closedByPeer = false;
  closedHere = false;
  /** Nothing can be sent or told any more. */
  isLost = false;
  url: string | null = null;
  protocol = "";
  extensions = "";
  /** Set once the socket may have gone from the runtime: what is left of it. */
  remains: { readonly tags: string[]; attachment: Uint8Array | null } | undefined;
  #lane: Lane | undefined;
  #socket = 0;

  /** The lane it belongs to; a pair that was not used yet belongs to none. */
  get lane(): Lane {
    if (this.#lane === undefined) this.pair?.bind(laneOfThread());
    return this.#lane as Lane;
  }

  /** Its number. */
  get socket(): number {
    return this.lane === undefined ? 0 : this.#socket;
  }

  /** It stands for this socket, which is disconnected when nobody takes it and nobody can any more. */
  attach(lane: Lane, socket: number): void {
    this.#lane = lane;
    this.#socket = socket;
    lane.sockets.abortWhenForgotten(this, socket);
  }

  /** The activation whose code uses it; 0 for none. */
  get activation(): number {
    return this.context?.activation?.number ?? 0;
  }

  /** Whether nobody has taken its peer, as far as is known here. */
  get isPeerFree(): boolean {
    return this.pair?.isTaken[this.side === 0 ? 1 : 0] === false;
  }

  get readyState(): number {
    if (this.isConnecting) return 0;
    const isOver = this.closedByPeer || this.isLost;
    if (isOver && this.closedHere) return 3;
    return isOver || this.closedHere ? 2 : 1;
  }

  /** Gives the socket to somebody else, in the same process: its number. */
  pass(lane: Lane): number {
    if (this.use !== "free") {
      throw new TypeError("Can't return WebSocket in a Response that was accepted or used before.");
    }
    this.pair?.bind(lane);
    const { socket } = this;
    this.#take("passed");
    return socket;
  }

  #take(use: Use): void {
    this.use = use;
    if (this.pair !== undefined) this.pair.isTaken[this.side] = true;
    this.lane.sockets.keep(this);
  }

  /** Has code of this context take what arrives. */
  listen(context: Context | EntryContext | undefined): void {
    const { lane, socket } = this;
    this.#take("listening");
    this.context = context;
    lane.sockets.add(socket, this);
    const section = context?.activation === undefined ? 0 : context.section;
    lane.native.socketAccept(this.activation, section, socket);
  }

  /** Has the handlers of the object take it. */
  hibernate(activation: Activation, tags: string[]): void {
    this.pair?.bind(activation.lane);
    const { lane, socket } = this;
    lane.native.socketHibernate(activation.number, socket, tags);
    this.hibernates(activation);
    lane.sockets.addHibernating(socket, this, activation);
  }

  /** The handlers of the object take what arrives. */
  hibernates(activation: Activation): void {
    this.#take("hibernating");
    this.context = { activation, section: 0, depth: 0 };
  }

  send(message: string | Uint8Array): void {
    if (!this.isLost) this.lane.sockets.send(this.activation, this.socket, message);
  }

  close(code: number | undefined, reason: string): void {
    this.closedHere = true;
    if (!this.isLost) this.lane.sockets.close(this.activation, this.socket, code, reason);
  }

  /** Nothing arrives any more: keeps what may be asked for when the socket is gone. */
  end(): void {
    const { native } = this.lane;
    const tags = this.use === "hibernating" ? native.socketTags(this.socket) : [];
    this.remains = { tags, attachment: native.socketAttachment(this.socket) };
  }

  get tags(): string[] {
    return this.remains?.tags.slice() ?? this.lane.native.socketTags(this.socket);
  }

  get attachment(): Uint8Array | null {
    return this.remains === undefined
      ? this.lane.native.socketAttachment(this.socket)
      : this.remains.attachment;
  }

  set attachment(bytes: Uint8Array) {
    try {
      this.lane.native.socketAttach(this.socket, bytes);
    } catch (error) {
      throw fromNative(error);
    }
    if (this.remains !== undefined) this.remains.attachment = bytes;
  }
}
