/** Where events can be sent. */
import type { Lane, ObjectAddress } from "../lane/lane.js";
import type { Answer, ObjectEvent } from "./event.js";

/**
 * Something that takes events and answers them: an object, a service, what hosts a function. Events
 * sent through one target are delivered in the order they were sent.
 */
export interface Target {
  readonly lane: Lane;
  /** Why a stub of it cannot be sent, in workerd's words, if it cannot. */
  readonly unsendable?: string;
  /** Takes the event now, and tells the answer in a turn of the context that sends. */
  send(event: ObjectEvent, settle: (answer: Answer) => void): void;
}

/** A target that exists for as long as somebody holds it. */
export interface StubTarget extends Target {
  /** One more holder. */
  retain(): void;
  /** One holder less; after the last, its disposer runs. */
  release(): void;
}

/** An object as one stub reaches it. */
export class ObjectTarget implements Target, ObjectAddress {
  readonly lane: Lane;
  readonly namespace: number;
  readonly id: string;
  readonly name: string | undefined;
  firstCall = 0;

  constructor(lane: Lane, namespace: number, id: string, name: string | undefined) {
    this.lane = lane;
    this.namespace = namespace;
    this.id = id;
    this.name = name;
  }

  send(event: ObjectEvent, settle: (answer: Answer) => void): void {
    const call = this.lane.call(this, event, settle);
    if (this.firstCall === 0) this.firstCall = call;
  }
}
