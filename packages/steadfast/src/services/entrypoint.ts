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

/** Calls a handler of the entry with an event; `undefined` when there is none of that name. */
export function handlerOf(
  { value, ctx }: Entry,
  name: string,
  service: Service,
): ((event: unknown) => unknown) | undefined {
  const handler: unknown = (value as Record<string, unknown>)[name];
  if (typeof handler !== "function") return undefined;
  return (event) => Reflect.apply(handler, value, [event, service.env, ctx]);
}

/** The default export of a module that has none. */
const NO_HANDLERS = {};
