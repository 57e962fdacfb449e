/**
 * A worker on a lane: its environment, its classes, and the requests that enter through it.
 */
import { type NativeClock, StepKind } from "../binding.js";
import { type Compatibility, compatibilityOf } from "../compatibility.js";
import { messageOf, SteadfastError, standardClass } from "../errors.js";
import { tag } from "../objects/arguments.js";
import { deliverEvent, NOT_A_RESPONSE } from "../objects/deliver.js";
import { makeId } from "../objects/id.js";
import { makeNamespace } from "../objects/namespace.js";
import { type DurableObjectState, makeState } from "../objects/state.js";
import { makeStorage } from "../objects/storage.js";
import type { ObjectEvent } from "../rpc/event.js";
import { isThenable } from "../rpc/receiver.js";
import type { BodySource } from "../web/body.js";
import { type Request, requestFromParts } from "../web/request.js";
import { asResponse } from "../web/response.js";
import { env as importedEnv } from "../workers.js";
import { Activation, type ObjectInstance } from "./activation.js";
import type { Context } from "./context.js";
import { runIn } from "./context.js";
import { Lane, type LaneHost } from "./lane.js";
import { requestStream, sendResponse } from "./wire.js";

/** A class with storage, and how the worker reaches it. */
export interface DurableObjectBinding {
  binding: string;
  className: string;
  /** Decides every id: `<worker name>-<ClassName>`. */
  uniqueKey: string;
  sqlite: boolean;
  /** For how long what its objects were is kept, in milliseconds; without it nothing is. */
  historyMs?: number;
}

/** What runs in a thread. */
export interface WorkerDefinition {
  /**
   * The worker's module: a default export and classes. A function loads it when `env` of
   * `cloudflare:workers` is there, so that code at the top of the module can use it.
   */
  module: Module | (() => Promise<Module>);
  name: string;
  durableObjects: DurableObjectBinding[];
  vars: Record<string, unknown>;
  compatibilityDate?: string;
  compatibilityFlags?: string[];
}

/** What a module exports. */
export type Module = Record<string, unknown>;

type ObjectClass = new (ctx: DurableObjectState, env: object) => ObjectInstance;
type EntryClass = new (ctx: ExecutionContext, env: object) => { fetch?: unknown };
type EntryHandler = (request: Request, env: object, ctx: ExecutionContext) => unknown;

/** `ctx` of the entry worker. */
export class ExecutionContext {
  readonly props: unknown = {};

  /** Lets work go on after the response; a rejection is logged. */
  waitUntil(promise: unknown): void {
    Promise.resolve(promise).catch((error: unknown) => {
      console.error("uncaught (in waitUntil)", error);
    });
  }

  passThroughOnException(): void {
    // Only a proxied origin could answer instead; there is none.
  }
}

tag(ExecutionContext, "ExecutionContext");

export class Worker implements LaneHost {
  readonly lane: Lane;
  readonly compatibility: Compatibility;
  readonly env: Record<string, unknown>;
  readonly #definition: WorkerDefinition;
  /** By namespace number. */
  readonly #classes: ObjectClass[] = [];
  readonly #numbers = new Map<string, number>();
  /** Namespaces of classes declared to use SQLite. */
  readonly #sqlite = new Set<number>();
  #module: Module | undefined;
  /** Requests that came before the module was loaded. */
  #early: (() => void)[] = [];

  constructor(serverToken: number, definition: WorkerDefinition, clock?: NativeClock) {
    this.#definition = definition;
    const { compatibilityDate, compatibilityFlags } = definition;
    this.compatibility = compatibilityOf(compatibilityDate, compatibilityFlags);
    this.lane = new Lane(serverToken, this, clock);
    this.env = { ...definition.vars };
    for (const { binding, uniqueKey, sqlite, historyMs } of definition.durableObjects) {
      const number =
        this.#numbers.get(uniqueKey) ?? this.lane.native.addNamespace(uniqueKey, sqlite, historyMs);
      this.#numbers.set(uniqueKey, number);
      if (sqlite) this.#sqlite.add(number);
      this.env[binding] = makeNamespace(this.lane, number);
    }
    Object.assign(importedEnv, this.env);
  }

  /** Loads the module, finds the classes the bindings name, and begins with the requests that wait. */
  async load(): Promise<void> {
    const { module: given, durableObjects } = this.#definition;
    const module = typeof given === "function" ? await (given as () => Promise<Module>)() : given;
    for (const binding of durableObjects) {
      this.#classes[this.#numbers.get(binding.uniqueKey) as number] ??= classOf(module, binding);
    }
    this.#module = module;
    this.lane.native.startAlarms();
    for (const answer of this.#early.splice(0)) this.lane.resume(undefined, answer);
  }

  /** Runs the entry worker's handler on a request. */
  handle(request: Request): unknown {
    return this.#handle(request, this.#module ?? {});
  }

  #handle(request: Request, module: Module): unknown {
    const entry = module.default;
    const ctx = new ExecutionContext();
    if (typeof entry === "function") {
      const instance = new (entry as EntryClass)(ctx, this.env);
      if (typeof instance.fetch !== "function") throw noHandler();
      return (instance.fetch as (request: Request) => unknown)(request);
    }
    const handler = (entry as { fetch?: unknown } | undefined)?.fetch;
    if (typeof handler !== "function") throw noHandler();
    return (handler as EntryHandler).call(entry, request, this.env, ctx);
  }

  http(number: number, kind: number): void {
    const { native } = this.lane;
    const head = native.requestHead();
    const methodEnd = head.indexOf("\n");
    const urlEnd = head.indexOf("\n", methodEnd + 1);
    const method = head.slice(0, methodEnd);
    const url = head.slice(methodEnd + 1, urlEnd < 0 ? undefined : urlEnd);
    const headers = urlEnd < 0 ? "" : head.slice(urlEnd + 1);
    const request = requestFromParts(method, url, headers, this.#requestBody(number, kind));
    if (this.#module !== undefined) this.#answer(number, request, this.#module);
    else this.#early.push(() => this.#answer(number, request, this.#module as Module));
  }

  #requestBody(number: number, kind: number): BodySource | null {
    if (kind === StepKind.Http) return null;
    if (kind === StepKind.HttpWithBody) return this.lane.native.requestBody();
    return () => requestStream(this.lane, number);
  }

  #answer(number: number, request: Request, module: Module): void {
    const fail = (thrown: unknown): void => {
      console.error(thrown);
      this.lane.native.respond(number, 500, "", "Internal Server Error");
    };
    const succeed = (result: unknown): void => {
      try {
        const response = asResponse(result);
        if (response === undefined) throw new TypeError(NOT_A_RESPONSE);
        sendResponse(this.lane, number, response);
      } catch (thrown) {
        // It cannot be sent: its body was used before, or a header holds what HTTP cannot say.
        fail(thrown);
      }
    };
    try {
      const result = runIn(undefined, () => this.#handle(request, module));
      if (isThenable(result)) result.then(succeed, fail);
      else succeed(result);
    } catch (thrown) {
      fail(thrown);
    }
  }

  activation(number: number, namespace: number, id: string, name: string | undefined): Activation {
    return new Activation(number, namespace, this.lane, makeId(id, name));
  }

  construct(activation: Activation): void {
    const Class = this.#classes[activation.namespace] as ObjectClass;
    const sqlite = this.#sqlite.has(activation.namespace);
    const storage = makeStorage(this.lane, activation, sqlite);
    const state = makeState(this.lane, activation, storage, {});
    try {
      runIn({ activation, section: 0, depth: 0 }, () => {
        activation.instance = new Class(state, this.env);
      });
    } catch (error) {
      this.lane.reset(activation, standardClass(error), messageOf(error));
      return;
    }
    this.lane.native.constructed(activation.number);
  }

  deliver(
    activation: Activation,
    call: number,
    event: ObjectEvent,
    caller: Context | undefined,
  ): void {
    deliverEvent(this.lane, activation, call, event, caller);
  }

  /** Resets every object and leaves the server. */
  detach(): void {
    this.lane.detach();
  }
}

function classOf(module: Module, binding: DurableObjectBinding): ObjectClass {
  const found = module[binding.className];
  if (typeof found === "function") return found as ObjectClass;
  const exported = Object.keys(module).filter((name) => name !== "default");
  throw new SteadfastError(
    "ERR_CLASS_NOT_FOUND",
    `the worker does not export the class "${binding.className}" that the binding "${binding.binding}" names: ` +
      `it exports ${exported.length === 0 ? "no classes" : exported.join(", ")}`,
  );
}

function noHandler(): Error {
  return new SteadfastError("ERR_NO_HANDLER", "Handler does not export a fetch() function.");
}
