/** One run of a transaction's closure on a store of ours. */
import type { ListBounds, SqlBinding, SqlMore, SqlStarted, Stored } from "../binding.js";
import type { NativeStore } from "../objects/key-access.js";
import { addon, storeFunctions, withoutAlarmKey } from "./addon.js";

/** Lets a run have the store to itself, which nobody else has. */
type Take = (run: OwnRun) => void;

/**
 * Keys and alarm are read and written optimistically, while others go on. Whatever needs the store itself, SQL
 * above all, makes the run its owner: from then on the others wait.
 */
export class OwnRun {
  readonly #store: number;
  readonly #take: Take;
  #txn = 0;
  readonly #optimistic: NativeStore | undefined;
  /** The store's transactions once it owns that: its own, and one for each part. */
  #opened: number[] | undefined;
  #isLost = false;
  /** How it has ended: `false` when it means nothing. */
  #isKept: boolean | undefined;

  /** One that owns the store from its start must be allowed to. */
  constructor(store: number, owns: boolean, take: Take) {
    this.#store = store;
    this.#take = take;
    if (owns) {
      this.#opened = [addon.beginStoreTransaction(store)];
      return;
    }
    this.#txn = addon.optimisticBegin(store);
    this.#optimistic = new OptimisticKeys(this.#txn, store, () => this.#takeStore());
  }

  /** What it reads and writes through, with the number of the store. */
  get native(): NativeStore {
    this.#requireKept();
    return this.#opened === undefined ? (this.#optimistic as NativeStore) : storeFunctions;
  }

  /** Whether nothing can be done with it any more, as it means nothing. */
  get isVoid(): boolean {
    return this.#isLost || this.#isKept === false;
  }

  /** Whether it needed the store and could not have it: the next run has it from its start. */
  get isLost(): boolean {
    return this.#isLost;
  }

  /** It cannot go on: it needs the store at once, and another has that. */
  lose(): void {
    if (this.#isLost) return;
    this.#isLost = true;
    if (this.#opened === undefined && !this.hasEnded) addon.optimisticEnd(this.#txn, false);
  }

  /** Begins a part that can be undone by itself, inside those that are open. */
  beginPart(): number {
    this.#requireKept();
    if (this.#opened === undefined) return addon.optimisticBeginPart(this.#txn);
    return this.#opened.push(addon.beginStoreTransaction(this.#store)) - 2;
  }

  /** Ends a part and those inside it. */
  endPart(part: number, keep: boolean): void {
    if (this.#isLost || this.hasEnded) return;
    if (this.#opened === undefined) {
      addon.optimisticEndPart(this.#txn, part, keep);
      return;
    }
    while (this.#opened.length > part + 1) {
      addon.endStoreTransaction(this.#store, this.#opened.pop() as number, keep);
    }
  }

  get hasEnded(): boolean {
    return this.#isKept !== undefined;
  }

  /**
   * Ends the run, unless it has ended. `false` when it has read what has changed since, so that it means nothing.
   */
  end(commit: boolean): boolean {
    if (this.#isLost) return false;
    this.#isKept ??= this.#end(commit);
    return this.#isKept;
  }

  #end(commit: boolean): boolean {
    if (this.#opened === undefined) return addon.optimisticEnd(this.#txn, commit);
    this.endPart(0, commit);
    addon.endStoreTransaction(this.#store, this.#opened[0] as number, commit);
    return true;
  }

  #requireKept(): void {
    if (this.isVoid) throw new Error(CHANGED);
  }

  #takeStore(): void {
    if (this.#opened !== undefined) return;
    this.#take(this);
    const opened = addon.optimisticTakeStore(this.#txn);
    if (opened === null) {
      this.#isLost = true;
      throw new Error(CHANGED);
    }
    this.#opened = opened;
  }
}

/** The functions of a store within an optimistic transaction. */
class OptimisticKeys implements NativeStore {
  readonly #txn: number;
  readonly #store: number;
  readonly #takeStore: () => void;

  constructor(txn: number, store: number, takeStore: () => void) {
    this.#txn = txn;
    this.#store = store;
    this.#takeStore = takeStore;
  }

  kvGet(_store: number, key: string): Stored {
    return addon.optimisticGet(this.#txn, key);
  }

  kvGetMany(_store: number, keys: string[]): [string, Stored][] {
    return addon.optimisticGetMany(this.#txn, keys);
  }

  kvPut(_store: number, key: string, value: Stored): void {
    addon.optimisticPut(this.#txn, key, value);
  }

  kvPutMany(_store: number, pairs: [string, Stored][]): void {
    addon.optimisticPutMany(this.#txn, pairs);
  }

  kvDelete(_store: number, key: string): boolean {
    return addon.optimisticDelete(this.#txn, key);
  }

  kvDeleteMany(_store: number, keys: string[]): number {
    return addon.optimisticDeleteMany(this.#txn, keys);
  }

  kvList(_store: number, ...bounds: ListBounds): [string, Stored][] {
    return withoutAlarmKey(bounds, (wanted) => addon.optimisticList(this.#txn, ...wanted));
  }

  kvDeleteAll(): never {
    throw new Error("Cannot call deleteAll() within a transaction");
  }

  alarmGet(): number | null {
    return addon.optimisticAlarm(this.#txn);
  }

  alarmSet(_store: number, timeMs: number): void {
    addon.optimisticSetAlarm(this.#txn, timeMs, Date.now());
  }

  alarmDelete(): void {
    addon.optimisticDeleteAlarm(this.#txn);
  }

  sqlExec(_store: number, query: string, bindings: SqlBinding[]): SqlStarted {
    this.#takeStore();
    return storeFunctions.sqlExec(this.#store, query, bindings);
  }

  sqlNext(_store: number, cursor: number, rows: number): SqlMore {
    this.#takeStore();
    return storeFunctions.sqlNext(this.#store, cursor, rows);
  }

  sqlClose(_store: number, cursor: number): void {
    storeFunctions.sqlClose(this.#store, cursor);
  }

  sqlRowsWritten(_store: number, query: string, changes: number): number {
    return storeFunctions.sqlRowsWritten(this.#store, query, changes);
  }

  sqlSize(): number {
    this.#takeStore();
    return storeFunctions.sqlSize(this.#store);
  }

  beginTransactionSync(): number {
    this.#takeStore();
    return storeFunctions.beginTransactionSync(this.#store);
  }

  endTransactionSync(_store: number, transaction: number, commit: boolean): void {
    storeFunctions.endTransactionSync(this.#store, transaction, commit);
  }
}

const CHANGED = "what the transaction has read was written meanwhile: it runs again";
