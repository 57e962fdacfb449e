/**
 * Objects in a data directory, or in memory, without a lane: their stores, and how far they are durable.
 *
 * A write is done when its call returns, and durable at the position the call gives. One sync serves all
 * stores that were written meanwhile, and JavaScript hears of it once.
 */
import { resolve as resolvePath } from "node:path";
import { clearInterval, setInterval } from "node:timers";
import { loadAddon } from "../addon.cjs";
import { codedError, SteadfastError } from "../steadfast-error.cjs";

/** Leads from a storage of ours to its {@link DiskStore}. */
export const kStore: unique symbol = Symbol.for("steadfast.store") as never;

/** The lane that stands for none: the addon's functions over a store take it, and then {@link DiskStore.number}. */
export const NO_LANE = 0;

/** The functions of the addon that this module uses. */
interface NativeStores {
  openDisk(
    directory: string | null,
    onProgress: (durable: number, failure: string | null) => void,
  ): number;
  closeDisk(disk: number, done: (failure: string | null) => void): void;
  openStore(disk: number, namespace: string, id: string | null, name: string | null): number;
  commitStore(store: number): number;
  storeGet(store: number, key: string): Uint8Array | null;
  storeGetMany(store: number, keys: string[]): (Uint8Array | undefined)[];
  storeHeads(store: number, keys: string[]): (Uint8Array | null | undefined)[];
  storePut(store: number, key: string, value: Uint8Array): number;
  storeWrite(store: number, deleted: string[], keys: string[], values: Uint8Array[]): number;
  storeList(store: number, ...range: StoreRange): (string | Uint8Array | null)[];
}

/** The keys a list is about: `start` and `end` are of the order of keys, whatever the direction. */
export type StoreRange = [
  start: string | null,
  startAfter: string | null,
  end: string | null,
  prefix: string | null,
  excludePrefix: string | null,
  reverse: boolean,
  limit: number | null,
];

const native = loadAddon() as NativeStores;

/** Memory that nobody has closed, and nobody can use: what is left of it are threads. */
const forgotten = new FinalizationRegistry<number>((number) => {
  native.closeDisk(number, () => undefined);
});

// As they are now: tests put others into their places.
const startInterval = setInterval;
const stopInterval = clearInterval;

/**
 * A data directory, or memory. It is open until it is closed, or its thread ends; memory also until nobody has it
 * any more.
 */
export class Disk {
  /** Absolute; `undefined` for memory. */
  readonly directory: string | undefined;
  readonly #number: number;
  /** Keeps the process from ending while somebody waits, as nobody does for memory. */
  readonly #pulse: NodeJS.Timeout | undefined;
  #waiting: Waiting[] = [];
  #durable = 0;
  /** The last position of its stores. */
  #last = 0;
  #failure: string | undefined;
  #closed: Promise<void> | undefined;
  /** What is done before it is closed: turns that are open end, alarms are not waited for any more. */
  readonly beforeClose = new Set<() => void>();

  /**
   * Opens a directory, made if need be; memory for `undefined`. Others of this process that use the same
   * directory share its engine. Throws a `SteadfastError` with a code `ERR_DIRECTORY…`.
   */
  constructor(directory?: string) {
    this.directory = directory === undefined ? undefined : resolvePath(directory);
    const onProgress =
      directory === undefined ? Disk.#weakly(new WeakRef(this)) : this.#heard.bind(this);
    try {
      this.#number = native.openDisk(this.directory ?? null, onProgress);
    } catch (error) {
      throw codedError(error);
    }
    if (directory === undefined) forgotten.register(this, this.#number, this);
    else this.#pulse = startInterval(() => undefined, PULSE_MS).unref();
  }

  /** Hears of progress without keeping the disk. */
  static #weakly(disk: WeakRef<Disk>) {
    return (durable: number, failure: string | null): void => {
      const open = disk.deref();
      if (open !== undefined) open.#heard(durable, failure);
    };
  }

  get isClosed(): boolean {
    return this.#closed !== undefined;
  }

  /** The store of the object with this id of 64 hex digits, or with this name. */
  store(namespace: string, { id, name }: { id?: string; name?: string }): DiskStore {
    this.requireOpen();
    try {
      const number = native.openStore(this.#number, namespace, id ?? null, name ?? null);
      return new DiskStore(this, number);
    } catch (error) {
      throw codedError(error);
    }
  }

  /** Notes where a store stands: closing waits for it. */
  reached(position: number): number {
    if (position > this.#last) this.#last = position;
    return position;
  }

  /**
   * Resolves when everything up to a position is durable; rejects when it never can be. In memory that is at
   * once: there is nothing to wait for.
   */
  durable(position: number): Promise<void> {
    if (position <= this.#durable) return Promise.resolve();
    if (this.#failure !== undefined) return Promise.reject(failed(this.#failure));
    if (this.directory === undefined) return Promise.resolve();
    return new Promise((resolve, reject) => {
      if (this.#waiting.push({ position, resolve, reject }) === 1) this.#pulse?.ref();
    });
  }

  /**
   * Lets go of every store, waits until everything written is durable, and closes the directory unless
   * others use it. What was not committed is dropped. Rejects when something was not made durable.
   */
  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  async #close(): Promise<void> {
    forgotten.unregister(this);
    try {
      for (const work of this.beforeClose) work();
      await this.durable(this.#last);
    } finally {
      const failure = await new Promise<string | null>((resolve) => {
        native.closeDisk(this.#number, resolve);
      });
      if (failure === null) this.#durable = Number.POSITIVE_INFINITY;
      else this.#failure ??= failure;
      this.#settle();
      stopInterval(this.#pulse);
    }
    if (this.#failure !== undefined) throw failed(this.#failure);
  }

  #heard(durable: number, failure: string | null): void {
    this.#durable = durable;
    if (failure !== null) this.#failure = failure;
    this.#settle();
  }

  #settle(): void {
    if (this.#waiting.length === 0) return;
    const failure = this.#failure;
    const due = this.#waiting;
    let settled = 0;
    for (const { position, resolve } of due) {
      if (position > this.#durable) break;
      resolve();
      settled++;
    }
    this.#waiting = settled === due.length || failure !== undefined ? [] : due.slice(settled);
    if (failure !== undefined) for (const { reject } of due.slice(settled)) reject(failed(failure));
    if (this.#waiting.length === 0) this.#pulse?.unref();
  }

  requireOpen(): void {
    if (this.#closed !== undefined) throw new SteadfastError("ERR_STOPPED", CLOSED);
  }
}

/**
 * One object's data. Its calls end at once; those that write give the position of what they wrote. None is taken
 * from the moment the disk begins to close, also when others keep the object open: nobody would wait for it.
 */
export class DiskStore {
  readonly disk: Disk;
  /** Stands for an activation in the addon's functions, behind {@link NO_LANE}. */
  readonly number: number;

  constructor(disk: Disk, number: number) {
    this.disk = disk;
    this.number = number;
  }

  get(key: string): Uint8Array | undefined {
    return this.#call(() => native.storeGet(this.number, key)) ?? undefined;
  }

  /** The bytes of each key, in the order of the keys. */
  getMany(keys: string[]): (Uint8Array | undefined)[] {
    return this.#call(() => native.storeGetMany(this.number, keys));
  }

  /** What each key has in front of its value, `null` for nothing; `undefined` for no such key. */
  heads(keys: string[]): (Uint8Array | null | undefined)[] {
    return this.#call(() => native.storeHeads(this.number, keys));
  }

  put(key: string, value: Uint8Array): number {
    return this.disk.reached(this.#call(() => native.storePut(this.number, key, value)));
  }

  /** Deletes keys, then writes others; all or nothing. */
  write(deleted: string[], keys: string[], values: Uint8Array[]): number {
    return this.disk.reached(
      this.#call(() => native.storeWrite(this.number, deleted, keys, values)),
    );
  }

  /** The keys of a range, each followed by its head as {@link heads} gives it. */
  list(...range: StoreRange): (string | Uint8Array | null)[] {
    return this.#call(() => native.storeList(this.number, ...range));
  }

  /** Ends the turn that the addon's own functions have begun. */
  commit(): number {
    return this.disk.reached(this.#call(() => native.commitStore(this.number)));
  }

  #call<T>(run: () => T): T {
    this.disk.requireOpen();
    return call(run);
  }
}

interface Waiting {
  readonly position: number;
  readonly resolve: () => void;
  readonly reject: (reason: Error) => void;
}

/** Runs a call; throws what it throws as the class or with the code its error names. */
function call<T>(run: () => T): T {
  try {
    return run();
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === "RangeError") throw new RangeError(message);
    if (code === "TypeError") throw new TypeError(message);
    throw codedError(error);
  }
}

function failed(cause: string): SteadfastError {
  return new SteadfastError("ERR_FAILED", `the data can no longer be written: ${cause}`);
}

const CLOSED = "the storage has been closed";
/** Longer than anybody waits; the largest delay that Node takes. */
const PULSE_MS = 2 ** 31 - 1;
