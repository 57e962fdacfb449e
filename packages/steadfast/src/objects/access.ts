/** What every part of an object's storage works through: its lane, and the rules about when it may. */
import type { NativeLane } from "../binding.js";
import { fromNative } from "../errors.js";
import type { Activation } from "../lane/activation.js";
import type { Lane } from "../lane/lane.js";
import { OpenCursors } from "./open-cursors.js";

/** The way of one activation to its data. */
export class StorageAccess {
  readonly lane: Lane;
  readonly activation: Activation;
  /** Whether the class is declared to use SQLite: without, `sql` and `kv` refuse. */
  readonly sqlite: boolean;
  /** Counts what may have written: who has read ahead reads again. */
  writes = 0;
  /** Counts the SQL databases it had: `deleteAll` ends one. */
  databases = 0;
  readonly openCursors: OpenCursors;
  /** Counts the lists that were begun: only the last goes on. */
  lists = 0;

  constructor(lane: Lane, activation: Activation, sqlite: boolean) {
    this.lane = lane;
    this.activation = activation;
    this.sqlite = sqlite;
    const { native } = lane;
    const { number } = activation;
    this.openCursors = new OpenCursors((cursor) => native.sqlClose(number, cursor));
  }

  /** Ends the list that was begun last; the number of the new one. */
  beginList(): number {
    this.lists += 1;
    return this.lists;
  }

  /** Throws when the activation has ended: nothing of its code may read or write on. */
  requireRunning(): void {
    if (this.activation.ended !== undefined) throw this.activation.ended;
  }

  /** Runs `read` now; throws what it throws as the class its error names. */
  readNow<T>(read: (native: NativeLane, activation: number) => T): T {
    try {
      this.requireRunning();
      return read(this.lane.native, this.activation.number);
    } catch (error) {
      throw fromNative(error);
    }
  }

  /** The same for what may write: the turn ends with a commit. */
  writeNow<T>(write: (native: NativeLane, activation: number) => T): T {
    this.lane.ensureTurn();
    this.writes += 1;
    return this.readNow(write);
  }

  /** As {@link readNow}, told by a promise. */
  read<T>(read: (native: NativeLane, activation: number) => T): Promise<T> {
    return this.captured(() => read(this.lane.native, this.activation.number));
  }

  /** As {@link writeNow}, told by a promise. */
  write<T>(write: (native: NativeLane, activation: number) => T): Promise<T> {
    this.lane.ensureTurn();
    this.writes += 1;
    return this.read(write);
  }

  /** Turns what `call` throws into a rejection, as the worker's compatibility date wants it. */
  captured<T>(call: () => T | Promise<T>): Promise<T> {
    try {
      this.requireRunning();
      return Promise.resolve(call());
    } catch (error) {
      const told = fromNative(error);
      if (!this.lane.compatibility.capturedThrows) throw told;
      return Promise.reject(told);
    }
  }
}
