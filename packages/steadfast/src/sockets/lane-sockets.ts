/**
 * The sockets that code of one lane uses: gives them what arrives, and hands over what they send.
 *
 * What a turn sends crosses to the runtime at its end. The same message sent by many sockets one after
 * the other crosses once.
 */
import type { Activation } from "../lane/activation.js";
import { type Context, runIn } from "../lane/context.js";
import type { Lane } from "../lane/lane.js";
import { isThenable } from "../rpc/receiver.js";
import { SocketHandle } from "./handle.js";
import { faceOf, receiveClose, receiveError, receiveMessage } from "./web-socket.js";

/** Something that stands for a connection which is not the runtime's. */
export interface Bridge {
  message(message: string | ArrayBuffer): void;
  closed(code: number, reason: string, wasClean: boolean): void;
}

/** The same message of some sockets of one activation. */
interface Send {
  readonly activation: number;
  readonly message: string | Uint8Array;
  readonly sockets: number[];
}

export class LaneSockets {
  readonly #lane: Lane;
  readonly #known = new Map<number, SocketHandle | Bridge>();
  /** The hibernating ones of each activation. */
  readonly #owned = new Map<Activation, Set<number>>();
  /** Hibernating sockets whose last event was delivered in this turn. */
  #leaving: SocketHandle[] = [];
  #sends: Send[] = [];
  /** Lets the peers of ends that nobody has taken, and nobody can take any more, know. */
  readonly #forgotten = new FinalizationRegistry<number>((socket) => {
    this.#lane.native.socketAbort(socket);
  });

  constructor(lane: Lane) {
    this.#lane = lane;
  }

  /** What arrives at the socket is the handle's or the bridge's. */
  add(socket: number, taker: SocketHandle | Bridge): void {
    this.#known.set(socket, taker);
  }

  addHibernating(socket: number, handle: SocketHandle, activation: Activation): void {
    this.#known.set(socket, handle);
    let owned = this.#owned.get(activation);
    if (owned === undefined) {
      const sockets = new Set<number>();
      owned = sockets;
      this.#owned.set(activation, owned);
      activation.onEnd(() => {
        for (const each of sockets) this.#known.delete(each);
        this.#owned.delete(activation);
      });
    }
    owned.add(socket);
  }

  /** The handle of a socket of the activation, the same each time. */
  hibernating(socket: number, activation: Activation): SocketHandle {
    const known = this.#known.get(socket);
    if (known instanceof SocketHandle) return known;
    const handle = new SocketHandle();
    handle.attach(this.#lane, socket);
    handle.hibernates(activation);
    handle.closedHere = this.#lane.native.socketIsClosing(socket);
    this.addHibernating(socket, handle, activation);
    return handle;
  }

  /** A socket that has come with a response. */
  arrived(socket: number): SocketHandle {
    const handle = new SocketHandle();
    handle.attach(this.#lane, socket);
    return handle;
  }

  /** Disconnects a socket when nobody can use it any more. */
  abortWhenForgotten(handle: SocketHandle, socket: number): void {
    this.#forgotten.register(handle, socket, handle);
  }

  /** Somebody has taken it. */
  keep(handle: SocketHandle): void {
    this.#forgotten.unregister(handle);
  }

  send(activation: number, socket: number, message: string | Uint8Array): void {
    this.#lane.ensureTurn();
    const last = this.#sends.at(-1);
    if (last?.activation === activation && isSame(last.message, message)) {
      last.sockets.push(socket);
      return;
    }
    // The program may write over its bytes before the turn ends.
    const kept = typeof message === "string" ? message : message.slice();
    this.#sends.push({ activation, message: kept, sockets: [socket] });
  }

  close(activation: number, socket: number, code: number | undefined, reason: string): void {
    this.#lane.ensureTurn();
    this.flush();
    this.#lane.native.socketClose(activation, socket, code, reason);
  }

  /** Hands over what was sent. */
  flush(): void {
    if (this.#sends.length === 0) return;
    const { native } = this.#lane;
    for (const { activation, message, sockets } of this.#sends.splice(0)) {
      if (sockets.length === 1) native.socketSend(activation, sockets[0] as number, message);
      else native.socketBroadcast(activation, Float64Array.from(sockets), message);
    }
  }

  /** The turn has ended: sockets that ended in it are no longer the objects'. */
  turnEnded(): void {
    if (this.#leaving.length === 0) return;
    for (const handle of this.#leaving.splice(0)) {
      this.#known.delete(handle.socket);
      const activation = handle.context?.activation;
      if (activation !== undefined) this.#owned.get(activation)?.delete(handle.socket);
    }
  }

  /** A message has arrived; its activation is asked for when the socket is not known. */
  messageArrived(socket: number, isText: boolean): void {
    const { native } = this.#lane;
    const taker = this.#known.get(socket) ?? this.#awakened(socket, native.stepActivation());
    const message = isText ? native.socketText() : native.socketBytes();
    if (taker === undefined) return;
    if (!(taker instanceof SocketHandle)) taker.message(message);
    else if (taker.use === "hibernating") {
      handleEvent(taker, (instance, face) => instance.webSocketMessage?.(face, message));
    } else receiveMessage(faceOf(taker), message);
  }

  closedArrived(
    activation: number,
    socket: number,
    code: number,
    reason: string,
    wasClean: boolean,
  ): void {
    const taker = this.#known.get(socket) ?? this.#awakened(socket, activation);
    if (taker === undefined) return;
    if (!(taker instanceof SocketHandle)) {
      this.#known.delete(socket);
      taker.closed(code, reason, wasClean);
      return;
    }
    if (taker.use !== "hibernating") {
      this.#known.delete(socket);
      receiveClose(faceOf(taker), code, reason, wasClean);
      return;
    }
    this.#leave(taker, wasClean);
    handleEvent(taker, (instance, face) => instance.webSocketClose?.(face, code, reason, wasClean));
  }

  errorArrived(activation: number, socket: number, message: string): void {
    const taker = this.#known.get(socket) ?? this.#awakened(socket, activation);
    if (taker === undefined) return;
    if (!(taker instanceof SocketHandle)) {
      this.#known.delete(socket);
      taker.closed(LOST, "", false);
      return;
    }
    if (taker.use !== "hibernating") {
      this.#known.delete(socket);
      receiveError(taker, message);
      return;
    }
    this.#leave(taker, false);
    handleEvent(taker, (instance, face) => instance.webSocketError?.(face, new Error(message)));
  }

  #leave(handle: SocketHandle, wasClean: boolean): void {
    handle.end();
    handle.closedByPeer = wasClean;
    handle.isLost = !wasClean;
    this.#leaving.push(handle);
  }

  #awakened(socket: number, number: number): SocketHandle | undefined {
    const activation = this.#lane.activationNumbered(number);
    return activation && this.hibernating(socket, activation);
  }
}

function isSame(one: string | Uint8Array, other: string | Uint8Array): boolean {
  if (typeof one === "string" || typeof other === "string") return one === other;
  return one.length === other.length && Buffer.compare(one, other) === 0;
}

/** Calls the object's handler of an event, and says when it has ended. */
function handleEvent(
  handle: SocketHandle,
  call: (instance: NonNullable<Activation["instance"]>, face: object) => unknown,
): void {
  const context = handle.context as Context;
  const { activation } = context;
  const { lane, number, instance } = activation;
  activation.socketEvents += 1;
  const event = activation.socketEvents;
  const done = (): void => {
    if (activation.ended !== undefined) return;
    lane.ensureTurn();
    lane.native.socketHandled(number, event);
  };
  const fail = (error: unknown): void => {
    if (activation.ended === undefined) console.error("uncaught (in WebSocket handler)", error);
    done();
  };
  if (instance === undefined) {
    done();
    return;
  }
  try {
    const result = runIn(context, () => call(instance, faceOf(handle)));
    if (isThenable(result)) result.then(done, fail);
    else done();
  } catch (error) {
    fail(error);
  }
}

/** The code of a connection that has failed. */
const LOST = 1006;
