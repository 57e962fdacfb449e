/**
 * The lane of this thread: performs the steps the native side decides on, one turn after another.
 *
 * A turn is one delivery and all microtasks that follow from it. It ends in a `nextTick` queued from
 * a microtask, which Node runs when no microtask is left; there the native side commits what was
 * written and hands out the next step. So two deliveries never share a turn. After a bounded number
 * of turns the lane lets timers and I/O of the thread run.
 */
import {
  type NativeClock,
  type NativeLane,
  openLane,
  type Refusal,
  STEP_KINDS,
  type StepDetail,
  StepKind,
} from "../binding.js";
import type { Compatibility } from "../compatibility.js";
import { errorOfClass, type ObjectErrorFlags } from "../errors.js";
import { Peers } from "../remote/peers.js";
import { discard, discardAnswer } from "../rpc/capability.js";
import type { Answer, ObjectEvent } from "../rpc/event.js";
import { LaneSockets } from "../sockets/lane-sockets.js";
import type { Activation } from "./activation.js";
import { runAlarm } from "./alarm.js";
import { type Context, currentContext, currentDepth } from "./context.js";
import { clearInterval, nextTick, runOutside, setImmediate, setInterval } from "./hops.js";
import { bodyArrived, readerGone } from "./wire.js";

/** A call this thread's code has made to an object. */
interface PendingCall {
  readonly context: Context | undefined;
  readonly event: ObjectEvent;
  /** How many calls are above it. */
  readonly depth: number;
  /** Told the answer in a turn of the caller. */
  readonly settle: (answer: Answer) => void;
  answer: Answer | undefined;
}

/** Which object an event is for. */
export interface ObjectAddress {
  readonly namespace: number;
  readonly id: string;
  readonly name: string | undefined;
  /** The first call made through the same stub: a reset after it breaks the stub for good. 0 for none. */
  readonly firstCall: number;
}

/** A facet of an activation, as one stub reaches it. */
export interface FacetAddress {
  readonly parent: number;
  readonly name: string;
  /** As of {@link ObjectAddress}. */
  readonly firstCall: number;
}

/** Where a facet belongs. */
export interface FacetPlace {
  readonly parent: Activation;
  readonly name: string;
}

/** What the lane delegates: the entry worker's side and the making of objects. */
export interface LaneHost {
  /** A request has come. */
  http(request: number, kind: number): void;
  /** Makes the instance; throws what the constructor throws. */
  construct(activation: Activation): void;
  activation(
    number: number,
    namespace: number,
    id: string,
    name: string | undefined,
    facetOf?: FacetPlace,
  ): Activation;
  /** Gives the object an event of `caller`; what comes of it is reported through `Lane.answer`. */
  deliver(
    activation: Activation,
    call: number,
    event: ObjectEvent,
    caller: Context | undefined,
    depth: number,
  ): void;
  /** What the compatibility date of the worker whose code is running switches. */
  readonly compatibility: Compatibility;
}

interface Wait {
  readonly context: Context | undefined;
  readonly settle: (failure: Error | undefined) => void;
}

/** Deliveries between two looks at the thread's timers and I/O. */
const TURNS_PER_MACROTASK_MAX = 128;

/** As long as a timer can be; it does nothing but exist. */
const KEEP_ALIVE_MS = 2 ** 31 - 1;

/** A reaction of it is the cheapest microtask. */
const RESOLVED = Promise.resolve();

export class Lane {
  readonly native: NativeLane;
  readonly sockets = new LaneSockets(this);
  /** The other lanes of the server, when there are any. */
  readonly peers: Peers | undefined;
  readonly #host: LaneHost;
  readonly #activations = new Map<number, Activation>();
  readonly #calls = new Map<number, PendingCall>();
  readonly #waits = new Map<number, Wait>();
  readonly #sections = new Map<Activation, Map<number, () => void>>();
  /** Keeps the thread alive while a server may send requests. */
  readonly #keepAlive: ReturnType<typeof setInterval>;
  #turnOpen = false;
  #turns = 0;
  #nextToken = 1;

  /** A clock moved by hand, when the app has one. */
  readonly clock: NativeClock | undefined;
  #onRest: (() => void) | undefined;

  constructor(serverToken: number, host: LaneHost, clock?: NativeClock, place = 0) {
    this.clock = clock;
    this.#host = host;
    this.native = openLane(serverToken, place, () => this.wake());
    const standing = this.native.standing();
    this.peers = (standing[1] ?? 1) > 1 ? new Peers(this, standing) : undefined;
    this.#keepAlive = setInterval(() => undefined, KEEP_ALIVE_MS);
  }

  /** What the compatibility date of the worker whose code is running switches. */
  get compatibility(): Compatibility {
    return this.#host.compatibility;
  }

  /** The activation with this number, while it lives. */
  activationNumbered(number: number): Activation | undefined {
    return this.#activations.get(number);
  }

  /** Makes sure the turn that is running ends: call before anything it must submit. */
  ensureTurn(): void {
    if (this.#turnOpen) return;
    this.#turnOpen = true;
    runOutside(this.#beginTurn);
  }

  /**
   * Queues an event for an object; `settle` is told the answer in a turn of the caller, or at once
   * when the call is refused. Returns the call's number, 0 for one that was refused.
   */
  call(target: ObjectAddress, event: ObjectEvent, settle: (answer: Answer) => void): number {
    const peer = this.peers?.of(target.id);
    if (peer !== undefined) return peer.call(target, event, settle);
    const context = currentContext();
    const made = this.native.call(
      context?.activation.number ?? 0,
      context?.section ?? 0,
      currentDepth(),
      target.namespace,
      target.id,
      target.name,
      target.firstCall,
    );
    return this.#called(made, context, event, settle);
  }

  /** The same for a facet of an activation. */
  callFacet(facet: FacetAddress, event: ObjectEvent, settle: (answer: Answer) => void): number {
    const context = currentContext();
    const made = this.native.callFacet(
      context?.activation.number ?? 0,
      context?.section ?? 0,
      currentDepth(),
      facet.parent,
      facet.name,
      facet.firstCall,
    );
    return this.#called(made, context, event, settle);
  }

  #called(
    made: number | Refusal,
    context: Context | undefined,
    event: ObjectEvent,
    settle: (answer: Answer) => void,
  ): number {
    if (typeof made !== "number") {
      const [name, message, reset, overloaded] = made;
      settle({ error: errorOfClass(name, message, resetFlags(reset, overloaded)) });
      return 0;
    }
    this.ensureTurn();
    this.#calls.set(made, { context, event, depth: currentDepth(), settle, answer: undefined });
    return made;
  }

  /** The object has answered the call. */
  answer(call: number, answer: Answer): void {
    const pending = this.#calls.get(call);
    // Without one its caller has ended; the object is done with the call all the same.
    if (pending !== undefined) pending.answer = answer;
    else discardAnswer(answer);
    this.ensureTurn();
    this.native.reply(call);
  }

  /** Waits until nothing that leaves `context` now could get ahead of what it depends on. */
  outputGate(context: Context | undefined): Promise<void> | undefined {
    const token = this.#nextToken++;
    this.ensureTurn();
    if (this.native.outputWait(context?.activation.number ?? 0, context?.section ?? 0, token))
      return undefined;
    return this.#wait(token, context);
  }

  /** Waits until everything the object has written is durable. */
  sync(context: Context): Promise<void> {
    const token = this.#nextToken++;
    this.ensureTurn();
    if (this.native.syncWait(context.activation.number, context.section, token))
      return Promise.resolve();
    return this.#wait(token, context);
  }

  /** Runs `continuation` in a turn of its own, through the context's input gate. */
  resume(context: Context | undefined, continuation: () => void): void {
    if (context?.activation.ended !== undefined) return;
    const token = this.#nextToken++;
    this.#waits.set(token, { context, settle: continuation });
    this.native.resume(context?.activation.number ?? 0, context?.section ?? 0, token);
    this.ensureTurn();
  }

  /** Resolves in a turn of `to`, once everything `from` has written by now was submitted. */
  cross(from: Activation | undefined, to: Context | undefined): Promise<void> {
    const token = this.#nextToken++;
    this.ensureTurn();
    this.native.cross(from?.number ?? 0, to?.activation.number ?? 0, to?.section ?? 0, token);
    return this.#wait(token, to);
  }

  /** The same for `continuation`, in nobody's asynchronous context. A failure ends what it is for. */
  pass(
    from: Activation | undefined,
    to: Context | undefined,
    continuation: (failure: Error | undefined) => void,
  ): void {
    if (to?.activation.ended !== undefined) return;
    const token = this.token(to, continuation);
    this.ensureTurn();
    this.native.cross(from?.number ?? 0, to?.activation.number ?? 0, to?.section ?? 0, token);
  }

  /** A token for something the native side will resume, and the callback it resumes. */
  token(context: Context | undefined, settle: Wait["settle"]): number {
    const token = this.#nextToken++;
    this.#waits.set(token, { context, settle });
    return token;
  }

  /** Drops a token that was not needed. */
  forget(token: number): void {
    this.#waits.delete(token);
  }

  /** Starts `callback` as a critical section, later, when nothing else of the object is running. */
  section(context: Context, callback: (section: number) => void): void {
    const { number } = context.activation;
    this.#startLater(context, this.native.openSection(number, context.section), callback);
  }

  /** The same for a transaction of the object's storage. */
  transaction(context: Context, callback: (section: number) => void): void {
    const { number } = context.activation;
    this.#startLater(context, this.native.openTransaction(number, context.section), callback);
  }

  #startLater(context: Context, section: number, callback: (section: number) => void): void {
    let sections = this.#sections.get(context.activation);
    if (sections === undefined) {
      sections = new Map();
      this.#sections.set(context.activation, sections);
    }
    sections.set(section, () => callback(section));
    this.ensureTurn();
  }

  /** Resets the activation: its callers get the error, nothing of its code runs on. */
  reset(activation: Activation, errorClass: string, message: string, retryAlarm = true): void {
    this.ensureTurn();
    this.native.reset(activation.number, errorClass, message, retryAlarm);
    this.#end(activation, errorOfClass(errorClass, message, { durableObjectReset: true }));
  }

  /** Resets every object, answers what is open, and leaves the server. */
  detach(): void {
    this.ensureTurn();
    this.sockets.flush();
    this.native.detach();
    clearInterval(this.#keepAlive);
  }

  /** Calls `look` whenever there is nothing more to do for now, until told otherwise. */
  onRest(look: (() => void) | undefined): void {
    this.#onRest = look;
  }

  /** Delivers `fire` to the context when this much time has passed on the lane's clock. */
  startTimer(context: Context | undefined, delayMs: number, fire: () => void): number {
    const token = this.token(context, fire);
    const { activation, section } = context ?? {};
    this.native.startTimer(activation?.number ?? 0, section ?? 0, delayMs, token);
    this.ensureTurn();
    return token;
  }

  /** Stops a timer that has not fired. */
  stopTimer(token: number): void {
    this.forget(token);
    this.native.stopTimer(token);
  }

  /** Looks for what other threads have sent, and begins with it. */
  wake(): void {
    this.native.receive();
    this.#turns = 0;
    if (this.#turnOpen) return;
    this.#turnOpen = true;
    this.#nextTurn();
  }

  readonly #beginTurn = (): void => void RESOLVED.then(this.#afterMicrotasks);

  readonly #afterMicrotasks = (): void => nextTick(this.#nextTurn);

  readonly #nextTurn = (): void => {
    if (++this.#turns > TURNS_PER_MACROTASK_MAX) {
      this.#turns = 0;
      setImmediate(this.#nextTurn);
      return;
    }
    running = this;
    this.sockets.flush();
    const step = this.native.advance();
    this.sockets.turnEnded();
    if (step === 0) {
      this.#turnOpen = false;
      this.#onRest?.();
      return;
    }
    this.#beginTurn();
    const kind = step % STEP_KINDS;
    this.#perform(kind, (step - kind) / STEP_KINDS);
  };

  #perform(kind: number, number: number): void {
    switch (kind) {
      case StepKind.Http:
      case StepKind.HttpWithBody:
      case StepKind.HttpWithStream:
        this.#host.http(number, kind);
        break;
      case StepKind.Deliver:
        this.#deliver(this.native.stepActivation(), number);
        break;
      case StepKind.Reply:
        this.#settle(number);
        break;
      case StepKind.Resume:
        this.#resume(number, undefined);
        break;
      case StepKind.SocketText:
      case StepKind.SocketBytes:
        this.sockets.messageArrived(number, kind === StepKind.SocketText);
        break;
      default:
        this.#performRare(this.native.stepDetail());
    }
  }

  #performRare(step: StepDetail): void {
    switch (step[0]) {
      case "construct":
        this.#construct(step);
        break;
      case "replyError": {
        const [, call, name, message, overloaded, reset] = step;
        this.#fail(call, name, message, resetFlags(reset, overloaded));
        break;
      }
      case "alarm":
        this.#alarm(step);
        break;
      case "section":
        this.#startSection(step[1], step[2]);
        break;
      case "resumeError":
        this.#resume(step[1], step[2]);
        break;
      case "end":
        this.#ended(step);
        break;
      case "body":
        bodyArrived(this, step[1], step[2], step[3]);
        break;
      case "gone":
        readerGone(this, step[1]);
        break;
      case "socketClosed":
        this.sockets.closedArrived(step[1], step[2], step[3], step[4], step[5]);
        break;
      case "socketError":
        this.sockets.errorArrived(step[1], step[2], step[3]);
        break;
      case "mail":
        this.peers?.received(step[1], step[2], step[3]);
        break;
      case "lost":
        this.peers?.lost(step[1], step[2]);
        break;
      case "detach":
        this.detach();
        break;
      case "none":
        break;
    }
  }

  #construct([, number, namespace, id, name, parentNumber, facet]: Extract<
    StepDetail,
    ["construct", ...unknown[]]
  >): void {
    const parent = this.#activations.get(parentNumber ?? 0);
    const place = parent && facet !== undefined ? { parent, name: facet } : undefined;
    const activation = this.#host.activation(number, namespace, id, name, place);
    this.#activations.set(number, activation);
    this.#host.construct(activation);
  }

  #deliver(number: number, call: number): void {
    const activation = this.#activations.get(number);
    const pending = this.#calls.get(call);
    if (activation === undefined || pending === undefined) return;
    this.#host.deliver(activation, call, pending.event, pending.context, pending.depth + 1);
  }

  #settle(call: number): void {
    const pending = this.#calls.get(call);
    if (pending?.answer === undefined) return;
    this.#calls.delete(call);
    pending.settle(pending.answer);
  }

  /** The object ended before it could answer. */
  #fail(call: number, name: string, message: string, flags: ObjectErrorFlags): void {
    const pending = this.#calls.get(call);
    this.#calls.delete(call);
    const remote = pending?.event.type === "fetch" ? { remote: true } : {};
    if (pending?.event.type === "call") discard(pending.event.args);
    pending?.settle({ error: errorOfClass(name, message, { ...remote, ...flags }) });
  }

  #alarm([, number, scheduledTime, retryCount]: Extract<
    StepDetail,
    ["alarm", ...unknown[]]
  >): void {
    const activation = this.#activations.get(number);
    if (activation !== undefined) runAlarm(this, activation, scheduledTime, retryCount);
  }

  #startSection(number: number, section: number): void {
    const activation = this.#activations.get(number);
    const sections = activation && this.#sections.get(activation);
    const start = sections?.get(section);
    sections?.delete(section);
    start?.();
  }

  #resume(token: number, failure: string | undefined): void {
    const wait = this.#waits.get(token);
    this.#waits.delete(token);
    wait?.settle(failure === undefined ? undefined : new Error(failure));
  }

  #ended([, number, name, message, overloaded, reset]: Extract<
    StepDetail,
    ["end", ...unknown[]]
  >): void {
    const activation = this.#activations.get(number);
    if (activation === undefined) return;
    const reason =
      message === undefined
        ? EVICTED
        : errorOfClass(name ?? "Error", message, resetFlags(reset === true, overloaded === true));
    this.#end(activation, reason);
  }

  /** Freezes the activation's code and forgets what waits for it. */
  #end(activation: Activation, reason: Error): void {
    this.#activations.delete(activation.number);
    this.#sections.delete(activation);
    activation.end(reason);
    for (const [token, wait] of this.#waits) {
      if (wait.context?.activation === activation) this.#waits.delete(token);
    }
    for (const [call, pending] of this.#calls) {
      if (pending.context?.activation !== activation) continue;
      this.#calls.delete(call);
      if (pending.answer !== undefined) discardAnswer(pending.answer);
    }
  }

  #wait(token: number, context: Context | undefined): Promise<void> {
    return new Promise((resolve, reject) => {
      if (context?.activation.ended !== undefined) return;
      this.#waits.set(token, {
        context,
        settle: (failure) => (failure === undefined ? resolve() : reject(failure)),
      });
    });
  }
}

/** The lane whose turn it is, or was last: that of the entry code that runs. */
export function runningLane(): Lane {
  if (running === undefined) throw new Error("no worker runs in this thread");
  return running;
}

// One per thread, as the stack is.
let running: Lane | undefined;

/** Nothing of an evicted activation runs on, so that one error serves all. */
const EVICTED = new Error("the Durable Object was evicted because it was idle");

function resetFlags(reset: boolean, overloaded: boolean): ObjectErrorFlags {
  return { ...(overloaded && { overloaded }), ...(reset && { durableObjectReset: true }) };
}
