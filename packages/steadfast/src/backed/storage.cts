/**
 * The storage of one object, on any backing.
 *
 * Performs what the core decides: which keys the backing is asked for, what one flush does, who of
 * contending transactions commits, runs again or waits. Knows nothing of how values are serialised, of the
 * texts of errors, or of what gates are: those who show it to programs bring them.
 */
import assert from "node:assert";
import { ALARM_KEY, type DurableObjectAlarmBridge, timeOf } from "./alarms.cjs";
import { type Backing, kWriteAll, type StoredValue } from "./backing.cjs";
import { type GateOptions, type Gates, Ungated } from "./gates.cjs";
import { type BackedRef, native, type TransactionRef, Verdict } from "./native.cjs";
import { keysOf, Overlay } from "./overlay.cjs";
import { ReadWriteMutex } from "./rwmutex.cjs";
import { runningTransaction, Transaction } from "./transaction.cjs";
import { Turns } from "./turns.cjs";

/** The storage of one object. */
export class BackedStorage {
  /** What is written and not flushed yet. Reads go through it, within {@link read}. */
  readonly overlay: Overlay;
  readonly #backing: Backing;
  readonly #alarms: DurableObjectAlarmBridge | undefined;
  readonly #gates: Gates;
  readonly #ref: BackedRef;
  readonly #mutex = new ReadWriteMutex();
  /** What the backing has told of delete sets, until those who deleted have asked. */
  readonly #deleted = new Map<number, number>();
  readonly #turns = new Turns();
  /** How many writes and transactions run. */
  #writes = 0;
  #noWrites: Promise<void> | undefined;
  #endOfWrites: (() => void) | undefined;

  /** Storage on `backing`; `alarms` is told of the alarm as soon as it is stored. */
  constructor(backing: Backing, alarms?: DurableObjectAlarmBridge, gates: Gates = new Ungated()) {
    this.#backing = backing;
    this.#alarms = alarms;
    this.#gates = gates;
    this.overlay = new Overlay(backing, false);
    this.#ref = native.backedNew(this.overlay.ref);
  }

  /** Runs work that reads the overlay, while nobody writes to it. */
  read<T>(work: () => Promise<T>, options?: GateOptions): Promise<T> {
    return this.#gates.read(() => this.#mutex.runWithRead(work), options);
  }

  /** Writes values that nobody else holds. Writes of one turn of the event loop are flushed as one. */
  put(entries: [key: string, value: StoredValue][], options?: GateOptions): Promise<void> {
    return this.#write(async () => {
      await this.#mutex.runWithWrite(() => {
        native.backedPut(this.#ref, keysOf(entries));
        for (const [key, value] of entries) this.overlay.copies.set(key, value);
      });
      await Promise.resolve();
      return this.#mutex.runWithWrite(this.#flush);
    }, options);
  }

  /** Deletes keys; whether there was one, or how many there were, not counting what is put after this call. */
  delete(keys: string | string[], options?: GateOptions): Promise<boolean | number> {
    return this.#write(async () => {
      let deleted = 0;
      let set = 0;
      await this.#mutex.runWithWrite(() => {
        [deleted, set] = native.backedDelete(this.#ref, keys);
        this.overlay.keepDeleted(keys);
      });
      await Promise.resolve();
      return this.#mutex.runWithWrite(async () => {
        await this.#flush();
        if (set !== 0) deleted += this.#takeDeleted(set);
        return Array.isArray(keys) ? deleted : deleted > 0;
      });
    }, options);
  }

  /** Deletes everything, the alarm that is stored included. */
  deleteAll(options?: GateOptions): Promise<void> {
    return this.#write(
      () =>
        this.#mutex.runWithWrite(async () => {
          const { keys } = await this.overlay.list();
          const names = keys.map(({ name }) => name);
          native.backedDeleteAll(this.#ref, names);
          this.overlay.keepDeleted(names);
          await this.#flush();
        }),
      options,
    );
  }

  /** Sets the alarm, or rejects at once if whoever keeps alarms would refuse it for ever. */
  setAlarm(scheduledTime: number | Date, options?: GateOptions): Promise<void> {
    return this.#changeAlarm(() => {
      const time = timeOf(scheduledTime);
      this.#assertAlarm(time);
      return this.overlay.setAlarm(time);
    }, options);
  }

  /** Deletes the alarm. */
  deleteAlarm(options?: GateOptions): Promise<void> {
    return this.#changeAlarm(() => this.overlay.deleteAlarm(), options);
  }

  /** Deletes the alarm that has fired, unless another was set since. */
  alarmFired(timeMs: number): Promise<void> {
    return this.#changeAlarm(async () => {
      if ((await this.overlay.getAlarm()) === timeMs) await this.overlay.deleteAlarm();
    }, undefined);
  }

  /**
   * Runs `closure` with a view of the storage that nobody else changes, and writes what it has written as
   * one: again, until nothing that it has read was written meanwhile. `show` makes what the closure is given
   * of each run.
   */
  transaction<Shown, T>(
    show: (transaction: Transaction) => Shown,
    closure: (shown: Shown) => T | Promise<T>,
  ): Promise<T> {
    return this.#write(async () => {
      let overlay = new Overlay(this.overlay, true);
      const ref = native.txnBegin(this.#ref, overlay.ref, runningTransaction());
      try {
        while (true) {
          const transaction = new Transaction(ref, overlay, this.#gates);
          const shown = show(transaction);
          const run = () => transaction.run(() => closure(shown));
          const result = await this.#gates.run(run, transaction);
          const verdict = await this.#commit(ref, transaction);
          if (verdict === Verdict.Committed) return result;
          if (verdict === Verdict.WaitTurn) await this.#turns.wait(native.txnTicket(ref));
          overlay = new Overlay(this.overlay, true);
          native.txnRestart(ref, overlay.ref);
        }
      } finally {
        this.#turns.give(native.txnEnd(ref));
      }
    }, undefined);
  }

  /** Resolves when what was written so far shows in reads. */
  written(): Promise<void> {
    return this.#mutex.runWithWrite(() => undefined);
  }

  /** Resolves when what was written so far is in the backing; transactions that run are not waited for. */
  flushed(): Promise<void> {
    return this.#mutex.runWithWrite(this.#flush);
  }

  /** Resolves when no write and no transaction runs any more. */
  sync(): Promise<void> {
    return this.#noWrites ?? Promise.resolve();
  }

  #changeAlarm(change: () => Promise<void>, options: GateOptions | undefined): Promise<void> {
    return this.#write(async () => {
      await this.#mutex.runWithWrite(async () => {
        await change();
        native.backedNote(this.#ref, [ALARM_KEY]);
      });
      await Promise.resolve();
      return this.#mutex.runWithWrite(this.#flush);
    }, options);
  }

  /** Runs work that {@link sync} waits for. */
  async #write<T>(work: () => Promise<T>, options: GateOptions | undefined): Promise<T> {
    this.#writes++;
    this.#noWrites ??= new Promise((resolve) => {
      this.#endOfWrites = resolve;
    });
    try {
      return await this.#gates.write(work, options);
    } finally {
      this.#writes--;
      if (this.#writes === 0) {
        this.#endOfWrites?.();
        this.#noWrites = undefined;
      }
    }
  }

  /** Commits a run if nothing that it has read was written meanwhile. */
  async #commit(ref: TransactionRef, { isRolledBack, overlay }: Transaction): Promise<Verdict> {
    if (isRolledBack) return Verdict.Committed;
    return this.#mutex.runWithWrite(async () => {
      this.#assertAlarm(overlay.alarm);
      const verdict = native.txnCommit(ref);
      if (verdict === Verdict.WaitTurn) this.#turns.expect(native.txnTicket(ref));
      if (verdict !== Verdict.Committed) return verdict;
      this.overlay.take(overlay);
      await this.#flush();
      return verdict;
    });
  }

  /** Brings the alarm, then everything written, to the backing. What fails is tried again by the next. */
  readonly #flush = async (): Promise<void> => {
    const writeAll = this.#backing[kWriteAll]?.bind(this.#backing);
    if (writeAll !== undefined) return this.#flushAsOne(writeAll);
    const { alarm, copies } = this.overlay;
    if (typeof alarm === "number") await this.#backing.put(ALARM_KEY, storedAlarm(alarm));
    else if (alarm === null) await this.#backing.delete(ALARM_KEY);
    if (alarm !== undefined) await this.#tell(alarm);
    this.overlay.alarm = undefined;
    const plan = native.backedFlush(this.#ref);
    if (plan === null) return;
    try {
      if (plan === true) {
        await this.#backing.putMany([...copies] as [string, StoredValue][]);
      } else {
        const [deleteSets, puts, lateDeletes] = plan;
        for (const [set, ...keys] of deleteSets) {
          this.#deleted.set(set, await this.#backing.deleteMany(keys));
        }
        const entries = puts.map((key): [string, StoredValue] => [
          key,
          copies.get(key) as StoredValue,
        ]);
        if (puts.length > 0) await this.#backing.putMany(entries);
        if (lateDeletes.length > 0) await this.#backing.deleteMany(lateDeletes);
      }
    } catch (error) {
      native.backedFlushFailed(this.#ref);
      throw error;
    }
    native.backedFlushed(this.#ref);
    copies.clear();
  };

  /** The same on a backing that takes all of it as one, so that no crash leaves half a transaction. */
  async #flushAsOne(writeAll: NonNullable<Backing[typeof kWriteAll]>): Promise<void> {
    const { alarm, copies } = this.overlay;
    const plan = native.backedFlush(this.#ref);
    if (plan === null && alarm === undefined) return;
    const entries: [string, StoredValue][] = [];
    const deleted: string[] = [];
    for (const [key, value] of copies) {
      if (value === undefined) deleted.push(key);
      else entries.push([key, value]);
    }
    if (alarm === null) deleted.push(ALARM_KEY);
    else if (alarm !== undefined) entries.push([ALARM_KEY, storedAlarm(alarm)]);
    try {
      for (const [set, ...keys] of plan === null || plan === true ? [] : plan[0]) {
        this.#deleted.set(set, await this.#backing.hasMany(keys));
      }
      await writeAll(deleted, entries);
    } catch (error) {
      if (plan !== null) native.backedFlushFailed(this.#ref);
      throw error;
    }
    if (plan !== null) native.backedFlushed(this.#ref);
    copies.clear();
    if (alarm !== undefined) await this.#tell(alarm);
    this.overlay.alarm = undefined;
  }

  /** Tells whoever keeps alarms of the one that has just been stored, or of its deletion. */
  #tell(alarm: number | null): Promise<void> | undefined {
    return alarm === null ? this.#alarms?.deleteAlarm() : this.#alarms?.setAlarm(alarm);
  }

  /** How many keys of a delete set there were. */
  #takeDeleted(set: number): number {
    const deleted = this.#deleted.get(set);
    this.#deleted.delete(set);
    assert(deleted !== undefined, "the backing has failed to delete these keys before");
    return deleted;
  }

  /** Refuses an alarm that whoever keeps alarms would refuse: it must not be stored. */
  #assertAlarm(time: number | null | undefined): void {
    if (typeof time === "number" && time <= 0 && this.#alarms !== undefined) {
      throw new TypeError("setAlarm() cannot be called with an alarm time <= 0");
    }
  }
}

/** An alarm as it is stored: a time beside no bytes. */
function storedAlarm(scheduledTime: number): StoredValue {
  return { metadata: { scheduledTime }, value: new Uint8Array() };
}
