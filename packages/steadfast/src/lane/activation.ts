/** An object's life in this thread. */
import { Background } from "../binding.js";
import type { DurableObjectFacets, FacetRun } from "../objects/facets.js";
import type { DurableObjectId } from "../objects/id.js";
import type { Service } from "../services/service.js";
import type { Request } from "../web/request.js";
import type { AlarmInvocationInfo } from "./alarm.js";
import type { Lane } from "./lane.js";

/** What user code offers; every handler is optional. */
export interface ObjectInstance {
  fetch?: (request: Request) => unknown;
  alarm?: (info: AlarmInvocationInfo) => unknown;
  webSocketMessage?: (ws: object, message: string | ArrayBuffer) => unknown;
  webSocketClose?: (ws: object, code: number, reason: string, wasClean: boolean) => unknown;
  webSocketError?: (ws: object, error: Error) => unknown;
}

/** Whose facet an activation is, and what it is made of. */
export interface FacetOf {
  readonly parent: Activation;
  readonly run: FacetRun;
}

/** One activation: the instance of a class, between construction and eviction or reset. */
export class Activation {
  readonly number: number;
  readonly namespace: number;
  readonly lane: Lane;
  readonly id: DurableObjectId;
  /** The Worker whose class it is of. */
  readonly service: Service;
  /** What it belongs to, if it is a facet. */
  readonly facetOf: FacetOf | undefined;
  /** How deep it is; a root is at 1. */
  readonly depth: number;
  /** `ctx.facets`, once there is a `ctx`. */
  facets: DurableObjectFacets | undefined;
  instance: ObjectInstance | undefined;
  /** Set once it was reset or evicted: nothing of its code may do anything from then on. */
  ended: Error | undefined;
  /** How many events of hibernating sockets it was given. */
  socketEvents = 0;
  readonly #cleanups = new Set<() => void>();

  constructor(
    number: number,
    namespace: number,
    lane: Lane,
    id: DurableObjectId,
    service: Service,
    facetOf?: FacetOf,
  ) {
    this.number = number;
    this.namespace = namespace;
    this.lane = lane;
    this.id = id;
    this.service = service;
    this.facetOf = facetOf;
    this.depth = facetOf === undefined ? 1 : facetOf.parent.depth + 1;
  }

  /** `ctx.id`: a facet's may be any text. */
  get shownId(): DurableObjectId | string {
    return this.facetOf?.run.made?.id ?? this.id;
  }

  /** Keeps the object in memory until the promise settles, for a while. A rejection is logged. */
  waitUntil(promise: unknown): void {
    const { native } = this.lane;
    native.beginBackground(this.number, Background.WaitUntil);
    const done = (): void => native.endBackground(this.number, Background.WaitUntil);
    Promise.resolve(promise).then(done, (error: unknown) => {
      done();
      console.error("uncaught (in waitUntil)", error);
    });
  }

  /** Registers what has to be released when the activation ends: timers, open streams. */
  onEnd(cleanup: () => void): () => void {
    this.#cleanups.add(cleanup);
    return () => this.#cleanups.delete(cleanup);
  }

  /** Freezes the activation. */
  end(reason: Error): void {
    if (this.ended !== undefined) return;
    this.ended = reason;
    this.instance = undefined;
    for (const cleanup of this.#cleanups) cleanup();
    this.#cleanups.clear();
  }
}
