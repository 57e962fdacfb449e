/** What every part of an object's storage works through: where the data is, and the rules about when it may. */
import type { NativeLane } from "../binding.js";
import type { Compatibility } from "../compatibility.js";
import { fromNative } from "../errors.js";
import type { Activation } from "../lane/activation.js";
import type { Lane } from "../lane/lane.js";
import { requireHandler } from "./alarm.js";
import type { Awaitable, KeyAccess, NativeStore } from "./key-access.js";
import { OpenCursors } from "./open-cursors.js";

/** The way to data on the spot: an activation's, or that of a storage which stands alone. */
export abstract class StoreAccess<Native extends NativeStore = NativeStore> {
  /** What the addon offers for the data, and the number that names it there. */
  readonly native: Native;
  readonly number: number;
  /** Whether the class is declared to use SQLite: without, `sql` and `kv` refuse. */
  readonly sqlite: boolean;
  /** Counts what may have written: who has read ahead reads again. */
  writes = 0;
  /** Counts the SQL databases it had: `deleteAll` ends one. */
  databases = 0;
  readonly openCursors: OpenCursors;
  /** Counts the lists that were begun: only the last goes on. */
  lists = 0;

  constructor(native: Native, number: number, sqlite: boolean) {
    this.native = native;
    this.number = number;
    this.sqlite = sqlite;
    this.openCursors = new OpenCursors((cursor) => native.sqlClose(number, cursor));
  }

  abstract get compatibility(): Compatibility;

  /** Whether nothing may be read or written any more. */
  abstract get ended(): boolean;

  /** Throws when that is so. */
  abstract requireRunning(): void;

  /** What is written from now on is committed with what is written until the end of the turn. */
  abstract ensureTurn(): void;

  /** Ends the list that was begun last; the number of the new one. */
  beginList(): number {
    this.lists += 1;
    return this.lists;
  }

  /** Runs `read` now; throws what it throws as the class its error names. */
  readNow<T>(read: (native: Native, number: number) => T): T {
    try {
      this.requireRunning();
      return read(this.native, this.number);
    } catch (error) {
      throw fromNative(error);
    }
  }

  /** The same for what may write: the turn ends with a commit. */
  writeNow<T>(write: (native: Native, number: number) => T): T {
    this.ensureTurn();
    this.writes += 1;
    return this.readNow(write);
  }
}

/** The way of one activation to its data. */
export class StorageAccess extends StoreAccess<NativeLane> implements KeyAccess {
  readonly lane: Lane;
  readonly activation: Activation;

  constructor(lane: Lane, activation: Activation, sqlite: boolean) {
    super(lane.native, activation.number, sqlite);
    this.lane = lane;
    this.activation = activation;
  }

  get compatibility(): Compatibility {
    return this.lane.compatibility;
  }

  get ended(): boolean {
    return this.activation.ended !== undefined;
  }

  /** Throws when the activation has ended: nothing of its code may read or write on. */
  requireRunning(): void {
    if (this.activation.ended !== undefined) throw this.activation.ended;
  }

  ensureTurn(): void {
    this.lane.ensureTurn();
  }

  requireAlarms(timeMs: number): void {
    requireHandler(this.activation, timeMs);
  }

  /** As {@link readNow}, told by a promise. */
  read<T>(read: (native: NativeLane, number: number) => Awaitable<T>): Promise<T> {
    return this.captured(() => read(this.native, this.number));
  }

  /** As {@link writeNow}, told by a promise. */
  write<T>(write: (native: NativeLane, number: number) => Awaitable<T>): Promise<T> {
    this.ensureTurn();
    this.writes += 1;
    return this.read(write);
  }

  /** Turns what `call` throws into a rejection, as the worker's compatibility date wants it. */
  captured<T>(call: () => Awaitable<T>): Promise<T> {
    try {
      this.requireRunning();
      return Promise.resolve(call());
    } catch (error) {
      const told = fromNative(error);
      if (!this.compatibility.capturedThrows) throw told;
      return Promise.reject(told);
    }
  }
}
