import assert from "node:assert";
import {
  type Context,
  type Mount,
  Plugin,
  type PluginContext,
  RequestContext,
  type SetupResult,
  type StorageFactory,
  usageModelExternalSubrequestLimit,
} from "@miniflare/shared";
import { AlarmStore } from "steadfast/backed";
import { DiskFactory } from "./disk-persistence";
import { DurableObjectError } from "./error";
import { DurableObjectId, idOfObjectKey, kObjectName, objectKeyOf } from "./id";
import { DurableObjectNamespace } from "./namespace";
import { kAlarmExists } from "./operator";
import { resolvePersist } from "./persistence";
import {
  type DurableObject,
  type DurableObjectConstructor,
  DurableObjectState,
  kAlarm,
  kInstance,
} from "./state";
import { DurableObjectStorage } from "./storage";

/** Bindings by name: a class of the Worker itself, or of a script mounted under `scriptName`. */
export type DurableObjectsObjectsOptions = Record<
  string,
  string | { className: string; scriptName?: string }
>;

/** Options of {@link DurableObjectsPlugin}. */
export interface DurableObjectsOptions {
  durableObjects?: DurableObjectsObjectsOptions;
  /**
   * Memory by default and for `false`; `true` is `.mf/durableobjects`, a string a directory or a URL. The URL
   * `steadfast:./data` keeps everything in that data directory, durable; `steadfast:` is `.mf/steadfast`. The path
   * of a directory that is a data directory already means the same.
   */
  durableObjectsPersist?: boolean | string;
  /** On by default. When off, alarms are kept in their objects' storages, and none fires. */
  durableObjectsAlarms?: boolean;
  /** `true` is the same as `durableObjectsAlarms: false`; either switches alarms off. */
  ignoreAlarms?: boolean;
}

/**
 * Durable Objects for Miniflare 2.
 *
 * Storages and states are kept in the context's `sharedCache`, which mounted scripts share. Miniflare forgets
 * the states at each reload, so that objects are made of the new code, over the storages they had.
 */
export class DurableObjectsPlugin
  extends Plugin<DurableObjectsOptions>
  implements DurableObjectsOptions
{
  durableObjects?: DurableObjectsObjectsOptions;
  durableObjectsPersist?: boolean | string;
  durableObjectsAlarms?: boolean;
  declare ignoreAlarms?: boolean;

  readonly #persist: boolean | string | undefined;
  /** Makes the storages in place of Miniflare's factory, in a data directory. */
  readonly #disk: DiskFactory | undefined;
  readonly #objects: ObjectBinding[];
  readonly #cache: Map<string, unknown>;
  readonly #alarms = new AlarmStore();
  readonly #constructors = new Map<string, DurableObjectConstructor>();
  #bindings: Context = {};
  /** Settled by a reload: until then, no object is handed out. */
  #reloaded: PromiseWithResolve | undefined;
  #alarmDue: ((objectKey: string) => Promise<void>) | undefined;
  #alarmsStarted = false;

  constructor(ctx: PluginContext, options?: DurableObjectsOptions) {
    super(ctx);
    this.assignOptions(options);
    // Who does not use what only we have sees the properties there always were.
    if (this.ignoreAlarms === undefined) delete this.ignoreAlarms;
    this.#persist = resolvePersist(ctx.rootPath, this.durableObjectsPersist);
    this.#disk = DiskFactory.of(this.#persist);
    this.#objects = Object.entries(this.durableObjects ?? {}).map(([name, object]) => {
      return typeof object === "object" ? { ...object, name } : { name, className: object };
    });
    // A context made by hand may lack a cache: then this plugin is alone.
    this.#cache = ctx.sharedCache ?? new Map();
  }

  /** The storage of an object, which need not have been constructed. */
  getStorage(storage: StorageFactory, id: DurableObjectId): DurableObjectStorage {
    const key = objectKeyOf(id);
    const cached = this.#cache.get(STORAGE_PREFIX + key);
    if (cached !== undefined) return cached as DurableObjectStorage;
    const made = new DurableObjectStorage(
      (this.#disk ?? storage).storage(key, this.#persist),
      this.#hasAlarms() ? this.#alarms.buildBridge(key) : undefined,
    );
    this.#cache.set(STORAGE_PREFIX + key, made);
    return made;
  }

  /** The state of an object, which is constructed if it is not there. Waits while a reload goes on. */
  async getObject(storage: StorageFactory, id: DurableObjectId): Promise<DurableObjectState> {
    assert(this.#reloaded, "beforeReload() must be called before getObject()");
    await this.#reloaded.promise;
    const key = objectKeyOf(id);
    const cached = this.#cache.get(STATE_PREFIX + key);
    if (cached !== undefined) return cached as DurableObjectState;
    const objectName = id[kObjectName];
    const objectStorage = this.getStorage(storage, id);
    // The object itself does not learn the name its id was made from.
    const state = new DurableObjectState(
      new DurableObjectId(objectName, id.toString()),
      objectStorage,
    );
    // Before the constructor runs: one that throws is not run again until the next reload.
    this.#cache.set(STATE_PREFIX + key, state);
    // biome-ignore lint/suspicious/noShadowRestrictedNames: errors of what is no constructor show this name
    const constructor = this.#constructors.get(objectName);
    assert(constructor);
    const instance = new constructor(state, this.#bindings);
    state[kInstance] = instance;
    if (!instance.alarm) objectStorage[kAlarmExists] = false;
    return state;
  }

  /** The instance of an object, which is constructed if it is not there. */
  async getInstance(storage: StorageFactory, id: DurableObjectId): Promise<DurableObject> {
    const state = await this.getObject(storage, id);
    return state[kInstance] as DurableObject;
  }

  getNamespace(storage: StorageFactory, objectName: string): DurableObjectNamespace {
    return new DurableObjectNamespace(objectName, (id) => this.getObject(storage, id), this.ctx);
  }

  /** The ids of the objects of a binding that have been constructed since the last reload. */
  getObjects(_storage: StorageFactory, namespace: string): DurableObjectId[] {
    return [...this.#cache.keys()]
      .filter((key) => key.startsWith(STATE_PREFIX))
      .map((key) => idOfObjectKey(key.slice(STATE_PREFIX.length)))
      .filter((id) => id[kObjectName] === namespace);
  }

  /** Runs alarms now, whenever they are due: all, or those of `ids`; one after the other. */
  flushAlarms(_storage: StorageFactory, ids?: DurableObjectId[]): Promise<void> {
    return this.#alarms.flushAlarms(ids?.map(objectKeyOf));
  }

  /** Makes the bindings, and loads the alarms that are stored. */
  override async setup(storageFactory: StorageFactory): Promise<SetupResult> {
    const bindings: Context = {};
    for (const { name } of this.#objects) bindings[name] = this.getNamespace(storageFactory, name);
    if (this.#hasAlarms()) {
      await this.#alarms.setupStore(this.#disk ?? storageFactory, this.#persist);
      this.#alarmDue = async (objectKey) => {
        await this.#runAlarm(await this.getObject(storageFactory, idOfObjectKey(objectKey)));
      };
    }
    return { bindings, requiresModuleExports: this.#objects.length > 0 };
  }

  /** Holds back whoever asks for an object. The first time, alarms begin to fire. */
  override async beforeReload(): Promise<void> {
    this.#reloaded = promiseWithResolve();
    if (this.#alarmsStarted || this.#alarmDue === undefined) return;
    this.#alarmsStarted = true;
    await this.#alarms.setupAlarms(this.#alarmDue);
  }

  /**
   * Takes the classes of the new code, and lets those in who wait for objects.
   *
   * Throws a {@link DurableObjectError} when a script or class is missing.
   */
  override reload(bindings: Context, moduleExports: Context, mounts: Map<string, Mount>): void {
    this.#constructors.clear();
    for (const object of this.#objects) {
      this.#constructors.set(object.name, classOf(object, moduleExports, mounts));
    }
    this.#bindings = bindings;
    assert(this.#reloaded, "beforeReload() must be called before reload()");
    this.#reloaded.resolve();
  }

  /** Stops alarms, and lets go of a data directory; nobody gets an object any more. */
  override async dispose(): Promise<void> {
    await this.beforeReload();
    this.#alarms.dispose();
    if (this.#disk === undefined) return;
    const storages = [...this.#cache].filter(([key]) => key.startsWith(STORAGE_PREFIX));
    // What nobody waits for gets there too. Who waits for what fails is told of it.
    await Promise.allSettled(
      storages.map(([, storage]) => (storage as DurableObjectStorage).sync()),
    );
    await this.#disk.dispose();
  }

  #hasAlarms(): boolean {
    return this.durableObjectsAlarms !== false && this.ignoreAlarms !== true;
  }

  async #runAlarm(state: DurableObjectState): Promise<void> {
    const context = new RequestContext({
      requestDepth: 1,
      pipelineDepth: 1,
      durableObject: true,
      externalSubrequestLimit: usageModelExternalSubrequestLimit(this.ctx.usageModel),
    });
    await context.runWith(() => state[kAlarm]());
  }
}

interface ObjectBinding {
  readonly name: string;
  readonly className: string;
  readonly scriptName?: string;
}

/** The class of a binding, among the exports of the Worker or of the script it names. */
function classOf(
  { name, className, scriptName }: ObjectBinding,
  moduleExports: Context,
  mounts: Map<string, Mount>,
): DurableObjectConstructor {
  const exported = scriptName === undefined ? moduleExports : mounts.get(scriptName)?.moduleExports;
  if (!exported) {
    throw new DurableObjectError(
      "ERR_SCRIPT_NOT_FOUND",
      `Script "${scriptName}" for Durable Object "${name}" not found.\n` +
        `Make sure "${scriptName}" is mounted so Miniflare knows where to find it.`,
    );
  }
  const found = exported[className] as DurableObjectConstructor | undefined;
  if (found) return found;
  const script = scriptName ? ` in script "${scriptName}"` : "";
  throw new DurableObjectError(
    "ERR_CLASS_NOT_FOUND",
    `Class "${className}"${script} for Durable Object "${name}" not found`,
  );
}

interface PromiseWithResolve {
  readonly promise: Promise<void>;
  readonly resolve: () => void;
}

function promiseWithResolve(): PromiseWithResolve {
  let resolve = () => {};
  const promise = new Promise<void>((settle) => {
    resolve = settle;
  });
  return { promise, resolve };
}

const STORAGE_PREFIX = "durable-objects:storage:";
const STATE_PREFIX = "durable-objects:state:";
