/** What runs on a lane, as its maker describes it. */
import type { PlatformBindings } from "../platform/bindings.js";
import type { Scope } from "./scope.js";

/** What a module exports. */
export type Module = Record<string, unknown>;

/** A class with storage, and how the Worker reaches it. */
export interface DurableObjectBinding {
  /** The name in `env`; without one the class is reached by `ctx.exports` alone. */
  binding?: string;
  className: string;
  /** The Worker that exports the class, when it is another. */
  scriptName?: string;
  /** Decides every id: `<worker name>-<ClassName>`. */
  uniqueKey: string;
  sqlite: boolean;
  /** For how long what its objects were is kept, in milliseconds; without it nothing is. */
  historyMs?: number;
}

/** A Worker that can be called, and how it is reached. */
export interface ServiceBinding {
  /** The name in `env`. */
  binding: string;
  /** The Worker's name, maybe its own; or what answers requests in its place. */
  service: string | ((request: unknown) => unknown);
  /** The export to call. Default: the default export. */
  entrypoint?: string;
  /** What `ctx.props` is there. */
  props?: Record<string, unknown>;
}

/** One Worker. */
export interface WorkerDefinition extends PlatformBindings {
  /**
   * The worker's module: a default export and classes. A function loads it when `env` of
   * `cloudflare:workers` is there, so that code at the top of the module can use it.
   */
  module: Module | (() => Promise<Module>);
  /** Unique among those that run together. */
  name: string;
  durableObjects: DurableObjectBinding[];
  services?: ServiceBinding[];
  vars: Record<string, unknown>;
  /** When its `scheduled` handler runs, as cron expressions. */
  crons?: string[];
  /** Whether requests to `/cdn-cgi/handler/` from this machine run handlers. Default: no. */
  takesTriggers?: boolean;
  compatibilityDate?: string;
  compatibilityFlags?: string[];
  /** What its bundle imports from `cloudflare:workers`, when that was made before the Worker. */
  scope?: Scope;
}
