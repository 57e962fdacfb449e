import type { Request, Response } from "@miniflare/core";
import { type Awaitable, type Context, InputGate, OutputGate } from "@miniflare/shared";
import { DurableObjectError } from "./error";
import type { DurableObjectId } from "./id";
import type { DurableObjectStorage } from "./storage";

/** An instance of a user's class. */
export interface DurableObject {
  fetch(request: Request): Awaitable<Response>;
  alarm?(): Awaitable<void>;
}

/** A user's class. */
export type DurableObjectConstructor = new (
  state: DurableObjectState,
  env: Context,
) => DurableObject;

/** The instance a state was made for, once its constructor has returned. */
export const kInstance = Symbol("kInstance");
/** Runs a function as if it were a handler of the object; tests use it. */
export const _kRunWithGates = Symbol("kRunWithGates");
/** Calls the object's `alarm` handler. */
export const kAlarm = Symbol("kAlarm");
/** Calls the object's `fetch` handler. */
export const kFetch = Symbol("kFetch");

/** What the constructor of an object is given: its id, its storage, its gates. */
export class DurableObjectState {
  readonly #inputGate = new InputGate();
  [kInstance]?: DurableObject;

  constructor(
    /** The object's id, without the name it may have been made from. */
    readonly id: DurableObjectId,
    readonly storage: DurableObjectStorage,
  ) {}

  /** Does nothing: an object lives as long as its promises run. */
  waitUntil(_promise: Promise<void>): void {}

  /** Runs `closure` while no other event is delivered to the object. */
  blockConcurrencyWhile<T>(closure: () => Promise<T>): Promise<T> {
    return this.#inputGate.runWithClosed(closure);
  }

  /** Enters the input gate, and holds the result back until what was written is stored. @internal */
  [_kRunWithGates]<T>(closure: () => Awaitable<T>): Promise<T> {
    return new OutputGate().runWith(() => this.#inputGate.runWith(closure));
  }

  [kFetch](request: Request): Promise<Response> {
    return this[_kRunWithGates](() => {
      const instance = this[kInstance];
      if (!instance?.fetch) throw noHandler("fetch");
      return instance.fetch(request);
    });
  }

  /** The alarm is gone before its handler begins, so it fires once, and the handler may set another. */
  [kAlarm](): Promise<void> {
    return this[_kRunWithGates](async () => {
      await this.storage.deleteAlarm();
      const instance = this[kInstance];
      if (!instance?.alarm) throw noHandler("alarm");
      return instance.alarm();
    });
  }
}

function noHandler(handler: string): DurableObjectError {
  return new DurableObjectError(
    "ERR_NO_HANDLER",
    `No ${handler} handler defined in Durable Object`,
  );
}
