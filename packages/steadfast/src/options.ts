/** What an app is made of, as its user says it. */
import { types } from "node:util";
import type { CommitMode, Limits } from "./binding.js";
import type { ClockOptions } from "./clock.js";
import type { AssetsBinding } from "./platform/assets.js";
import { kvBindings } from "./platform/bindings.js";
import type {
  DurableObjectBinding,
  ServiceBinding,
  WorkerDefinition,
} from "./services/definition.js";

/** One worker. */
export interface WorkerOptions {
  /** The worker's name: part of every id, and what others call it. Default empty. */
  name?: string;
  /** The worker: a module, or just its default export. Without one, only `app.env` is of use. */
  worker?: object;
  /** Binding names and the classes behind them. */
  durableObjects?: Record<string, ObjectBinding>;
  /** Binding names and the workers, or functions, behind them. */
  serviceBindings?: Record<string, ServiceOption>;
  /** Further bindings. */
  vars?: Record<string, unknown>;
  /** Names in `env` of KV namespaces: a list, or each with the id that its values are kept under. */
  kvNamespaces?: readonly string[] | Record<string, string>;
  /** Files that are answered before the worker is asked. */
  assets?: AssetsBinding;
  /** When `scheduled` runs: cron expressions, in UTC, by the app's clock. */
  crons?: string[];
  compatibilityDate?: string;
  compatibilityFlags?: string[];
}

/** How an app is made: of one worker, or of `workers`. */
export interface AppOptions extends WorkerOptions {
  /** Several workers in place of one. The first gets the requests. */
  workers?: WorkerOptions[];
  /** A directory, or `"memory"` (the default). */
  storage?: string;
  /** How long an idle object stays in memory. Default 10 s. */
  idleEvictionMs?: number;
  /**
   * Whose limits hold for what is stored. Default `"local"`, those of workerd on a disk;
   * `"production"` is narrower, above all for classes not declared to use SQLite.
   */
  limits?: Limits;
  /** A clock that {@link Steadfast.clock} moves, in place of the machine's. */
  clock?: ClockOptions;
  /** How commits become durable: `"log"`, the default, is faster; `"sqlite"` has one file and no log. */
  commit?: CommitMode;
}

type ObjectClass = abstract new (...args: never[]) => object;

/** A class, a class with the settings of its namespace, or a class of another worker. */
export type ObjectBinding = ObjectClass | ObjectSettings | ForeignObject;

interface ObjectSettings {
  class: ObjectClass;
  uniqueKey?: string;
  sqlite?: boolean;
  /** For how long its objects can go back in time, in milliseconds. Default: they cannot. */
  historyMs?: number;
}

interface ForeignObject {
  /** The name it is exported by. */
  className: string;
  /** The name of the worker that exports it. */
  scriptName: string;
}

/** The name of a worker, a worker with more to say, or what answers requests in its place. */
export type ServiceOption =
  | string
  | { name: string; entrypoint?: string; props?: Record<string, unknown> }
  | ((request: Request) => Response | Promise<Response>);

/** The workers the options describe, the first one first. */
export function definitionsOf(options: AppOptions): WorkerDefinition[] {
  const { workers } = options;
  if (workers === undefined) return [definitionOf(options)];
  const misplaced = ONE_WORKER.filter((name) => options[name] !== undefined);
  if (misplaced.length > 0) {
    const names = misplaced.join(", ");
    throw new TypeError(`options of one worker stand beside "workers": options="${names}"`);
  }
  if (workers.length === 0) throw new TypeError("an app needs a worker: workers=0");
  const definitions = workers.map(definitionOf);
  const names = definitions.map(({ name }) => name);
  const twice = names.find((name, at) => names.indexOf(name) !== at);
  if (twice !== undefined) throw new TypeError(`two workers have one name: name="${twice}"`);
  return definitions;
}

const ONE_WORKER = [
  "name",
  "worker",
  "durableObjects",
  "serviceBindings",
  "vars",
  "kvNamespaces",
  "assets",
  "crons",
  "compatibilityDate",
  "compatibilityFlags",
] as const satisfies readonly (keyof WorkerOptions)[];

function definitionOf(options: WorkerOptions): WorkerDefinition {
  const { name = "", vars = {}, assets, crons, compatibilityDate, compatibilityFlags } = options;
  const module: Record<string, unknown> = moduleOf(options.worker);
  const durableObjects = Object.entries(options.durableObjects ?? {}).map(([binding, given]) =>
    objectBinding(name, module, binding, given),
  );
  const services = Object.entries(options.serviceBindings ?? {}).map(serviceBinding);
  return {
    module,
    name,
    durableObjects,
    services,
    vars,
    kvNamespaces: kvBindings(options.kvNamespaces ?? []),
    ...(assets !== undefined && { assets }),
    ...(crons !== undefined && { crons }),
    ...(compatibilityDate !== undefined && { compatibilityDate }),
    ...(compatibilityFlags !== undefined && { compatibilityFlags }),
  };
}

/** A class that is given itself counts as exported. */
function objectBinding(
  worker: string,
  module: Record<string, unknown>,
  binding: string,
  given: ObjectBinding,
): DurableObjectBinding {
  if (typeof given === "object" && "scriptName" in given) {
    const { className, scriptName } = given;
    const uniqueKey = `${scriptName}-${className}`;
    return { binding, className, scriptName, uniqueKey, sqlite: true };
  }
  const settings: ObjectSettings = typeof given === "function" ? { class: given } : given;
  const { class: Class, sqlite = true, historyMs } = settings;
  module[Class.name] = Class;
  const uniqueKey = settings.uniqueKey ?? `${worker}-${Class.name}`;
  const history = historyMs === undefined ? {} : { historyMs };
  return { binding, className: Class.name, uniqueKey, sqlite, ...history };
}

function serviceBinding([binding, given]: [string, ServiceOption]): ServiceBinding {
  if (typeof given === "function") {
    return { binding, service: given as (request: unknown) => unknown };
  }
  if (typeof given === "string") return { binding, service: given };
  const { name, entrypoint, props } = given;
  return {
    binding,
    service: name,
    ...(entrypoint !== undefined && { entrypoint }),
    ...(props !== undefined && { props }),
  };
}

function moduleOf(worker: object | undefined): Record<string, unknown> {
  if (worker === undefined) return {};
  const isModule = "default" in worker || types.isModuleNamespaceObject(worker);
  return isModule ? { ...worker } : { default: worker };
}
