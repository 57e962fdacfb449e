/**
 * One Worker of those that run on a lane: its module, what its code sees, and the names others call.
 */
import { type Compatibility, compatibilityOf } from "../compatibility.js";
import { SteadfastError } from "../errors.js";
import { type EntryContext, runIn } from "../lane/context.js";
import type { Lane } from "../lane/lane.js";
import type { Assets } from "../platform/assets.js";
import type { Request } from "../web/request.js";
import type { Module, WorkerDefinition } from "./definition.js";
import { enter, handlerOf } from "./entrypoint.js";
import { emptyScope, type Scope } from "./scope.js";

export class Service {
  readonly name: string;
  readonly lane: Lane;
  readonly definition: WorkerDefinition;
  readonly compatibility: Compatibility;
  readonly scope: Scope;
  /** What answers requests from outside before the module does. */
  assets: Assets | undefined;
  /** What its code outside objects runs in when no object has called it. */
  readonly context: EntryContext = { service: this, depth: 0 };
  #module: Module | undefined;
  /** What waits for the module. */
  #early: (() => void)[] = [];

  constructor(lane: Lane, definition: WorkerDefinition) {
    const { compatibilityDate, compatibilityFlags, scope } = definition;
    this.name = definition.name;
    this.lane = lane;
    this.definition = definition;
    this.compatibility = compatibilityOf(compatibilityDate, compatibilityFlags);
    this.scope = scope ?? emptyScope();
    Object.assign(this.scope.env, definition.vars);
  }

  /** What its code is handed. */
  get env(): Record<string, unknown> {
    return this.scope.env;
  }

  /** `ctx.exports`, if its compatibility date has it. */
  get shownExports(): Record<string, unknown> | undefined {
    return this.compatibility.ctxExports ? this.scope.exports : undefined;
  }

  /** Loads the module. Nothing runs before {@link start}. */
  async load(): Promise<Module> {
    const { module } = this.definition;
    if (typeof module !== "function") return module;
    return runIn(this.context, module as () => Promise<Module>);
  }

  /** Lets its handlers run: `module` is whole, and so is what it needs. */
  start(module: Module): void {
    this.#module = module;
    for (const begin of this.#early.splice(0)) this.lane.resume(undefined, begin);
  }

  /** Calls `begin` once handlers can run; at once if they can. */
  whenStarted(begin: () => void): void {
    if (this.#module !== undefined) begin();
    else this.#early.push(begin);
  }

  /** What the module exports by that name. */
  exported(name: string): unknown {
    return this.#module?.[name];
  }

  /** Answers with an asset, or runs the default export's `fetch`. */
  fetch(request: Request): unknown {
    return this.fetchOf("default", {}, request, noHandler);
  }

  /** Runs the `fetch` of an export, or throws what `missing` makes; assets are the default export's. */
  fetchOf(name: string, props: unknown, request: Request, missing: () => Error): unknown {
    const assets = name === "default" ? this.assets : undefined;
    const asset = assets?.before(request);
    if (asset !== undefined) return asset;
    const entry = enter(this, name, props);
    const handler = handlerOf(entry, "fetch");
    if (handler !== undefined) return handler.call(entry.value, request, this.env, entry.ctx);
    if (assets !== undefined) return assets.answer(request);
    throw missing();
  }
}

function noHandler(): Error {
  return new SteadfastError("ERR_NO_HANDLER", "Handler does not export a fetch() function.");
}
