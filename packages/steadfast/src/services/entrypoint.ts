/** What a Worker exports for others to call, and the running of it. */
import { WorkerEntrypoint } from "../rpc/classes.js";
import { type ExecutionContext, makeExecutionContext } from "./execution-context.js";
import type { Service } from "./service.js";

/** What a Worker's handlers are called on, for one event. */
export interface Entry {
  /** An instance made for the event, or the exported object. */
  readonly value: object;
  readonly ctx: ExecutionContext;
  /** Whether {@link value} was made for the event. */
  readonly isInstance: boolean;
}

type EntryClass = new (ctx: ExecutionContext, env: object) => object;

/** Whether an export is a class that takes events of its Worker. */
export function isEntrypointClass(exported: unknown): exported is EntryClass {
  return typeof exported === "function" && exported.prototype instanceof WorkerEntrypoint;
}

/** Whether an export can be called as a service by that name. */
export function isEntrypoint(name: string, exported: unknown): boolean {
  if (typeof exported !== "function") return typeof exported === "object" && exported !== null;
  return name === "default" || isEntrypointClass(exported);
}

/** Makes what an event is given to; throws what a constructor throws. */
export function enter(service: Service, name: string, props: unknown): Entry {
  const exported = service.exported(name);
  const ctx = makeExecutionContext(props, service.shownExports);
  if (typeof exported === "function") {
    const value = new (exported as EntryClass)(ctx, service.env);
    return { value, ctx, isInstance: true };
  }
  return { value: (exported ?? NO_HANDLERS) as object, ctx, isInstance: false };
}

/** A function that takes events. */
export type Handler = (event: unknown, env: object, ctx: ExecutionContext) => unknown;

/** The handler of the entry for one kind of events, if there is one. Call it on the entry's value. */
export function handlerOf({ value }: Entry, name: string): Handler | undefined {
  const handler: unknown = (value as Record<string, unknown>)[name];
  return typeof handler === "function" ? (handler as Handler) : undefined;
}

/** The default export of a module that has none. */
const NO_HANDLERS = {};
