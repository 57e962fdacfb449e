/** Anybody's storage, as every storage of this thread that stands on it shares it. */
import {
  type AlarmStore,
  BackedStorage,
  type DurableObjectAlarmBridge,
  native,
  Overlay,
  type StoredValue,
  type Transaction,
} from "../backed/index.cjs";
import { type Compatibility, compatibilityOf } from "../compatibility.js";
import type { Awaitable, KeyAccess, KeyStore } from "../objects/key-access.js";
import { makeTransaction, settleTransaction } from "../objects/transaction.js";
import { AlarmRunners } from "./alarm-runners.js";
import { type BackingStorage, backingOf } from "./backing-storage.js";
import type { Below, Closure } from "./below.js";
import { ForeignKeys, wayInto, wayOf } from "./foreign-keys.js";
import { Part } from "./part.js";

type Use<T> = (store: KeyStore, number: number) => Awaitable<T>;

const NEWEST = compatibilityOf(undefined);

/** Writes of one turn of the event loop reach the storage below together. */
export class ForeignStore implements Below {
  readonly #runners = new AlarmRunners();
  readonly #storage: BackedStorage;
  readonly #keys: ForeignKeys;

  constructor(below: BackingStorage) {
    this.#storage = new BackedStorage(backingOf(below), this.#runners);
    this.#keys = new ForeignKeys(wayOf(this.#storage));
  }

  get compatibility(): Compatibility {
    return NEWEST;
  }

  requireAlarms(): void {}

  /** Lists are whole here: none can go on. */
  beginList(): number {
    return 0;
  }

  async read<T>(read: Use<T>): Promise<T> {
    return read(Part.of(this, ForeignPart)?.innermost.keys ?? this.#keys, NO_NUMBER);
  }

  async write<T>(write: Use<T>): Promise<T> {
    return write(Part.of(this, ForeignPart)?.innermost.keys ?? this.#keys, NO_NUMBER);
  }

  async deleteAll(): Promise<void> {
    if (Part.of(this, ForeignPart) !== undefined) {
      throw new Error("Cannot call deleteAll() within a transaction");
    }
    await Promise.all([this.#storage.deleteAll(), this.#storage.deleteAlarm()]);
  }

  /** Runs the closure as one transaction. One inside another's closure is a part of that. */
  async transaction(closure: Closure): Promise<unknown> {
    const around = Part.of(this, ForeignPart);
    if (around !== undefined) {
      return around.nest(async () => {
        const part = new ForeignPart(this, this.#storage, around.transaction, around);
        try {
          const value = await perform(part, closure);
          await part.keep();
          return value;
        } finally {
          part.end();
        }
      });
    }
    // A list inside notes no names that it did not give: they must be there.
    await this.#storage.written();
    return this.#storage.transaction(
      (transaction) => new ForeignPart(this, this.#storage, transaction),
      (part) => perform(part, closure),
    );
  }

  /** Resolves when every write issued so far has reached the storage below; within a transaction, at once. */
  async sync(): Promise<void> {
    if (Part.of(this, ForeignPart) === undefined) await this.#storage.flushed();
  }

  /** Adds one who runs the alarm. */
  addAlarms(alarms: AlarmStore | DurableObjectAlarmBridge): void {
    this.#runners.add(alarms, (timeMs) => this.#storage.alarmFired(timeMs));
  }
}

/** A closure that runs. Inside another it has an overlay of its own. */
class ForeignPart extends Part {
  readonly transaction: Transaction;
  overlay: Overlay;
  keys: ForeignKeys;
  readonly #around: ForeignPart | undefined;
  /** The one that runs inside, which all that is done meanwhile is part of. */
  #inner: ForeignPart | undefined;

  constructor(
    store: ForeignStore,
    storage: BackedStorage,
    transaction: Transaction,
    around?: ForeignPart,
  ) {
    super(store);
    this.transaction = transaction;
    this.overlay = around === undefined ? transaction.overlay : new Overlay(around.overlay, false);
    this.keys = new ForeignKeys(wayInto(storage, transaction, this.overlay));
    this.#around = around;
    if (around === undefined) return;
    this.overlay.alarm = around.overlay.alarm;
    around.#inner = this;
  }

  get innermost(): ForeignPart {
    return this.#inner?.innermost ?? this;
  }

  /** Gives what was written inside another to that. */
  async keep(): Promise<void> {
    this.end();
    const around = this.#around?.overlay;
    if (around === undefined || around === this.overlay) return;
    await this.transaction.write(async () => {
      const written: [string, StoredValue][] = [];
      const deleted: string[] = [];
      for (const [key, value] of this.overlay.copies) {
        if (value === undefined) deleted.push(key);
        else written.push([key, value]);
      }
      await around.putMany(written);
      native.overlayDelete(around.ref, deleted);
      around.keepDeleted(deleted);
      if (this.overlay.alarm !== undefined) around.alarm = this.overlay.alarm;
    });
  }

  /** Forgets what was written. What is written from now on belongs to what is around. */
  rollBack(): void {
    this.requireInnermost();
    if (this.#around === undefined) {
      this.transaction.isRolledBack = true;
      this.leave();
    } else {
      this.overlay = this.#around.overlay;
      this.keys = this.#around.keys;
    }
  }

  /** What is done from now on is not part of it. */
  end(): void {
    const around = this.#around;
    if (around !== undefined && around.#inner === this) around.#inner = undefined;
  }
}

async function perform(part: ForeignPart, closure: Closure): Promise<unknown> {
  const txn = makeTransaction(new PartAccess(part), () => part.rollBack());
  try {
    const value = await part.run(() => closure(txn));
    settleTransaction(txn, "committed");
    return value;
  } catch (error) {
    settleTransaction(txn, "rolledBack");
    throw error;
  }
}

/** The way of what a closure is given to its transaction, wherever it is used. */
class PartAccess implements KeyAccess {
  readonly compatibility = NEWEST;
  readonly #part: ForeignPart;

  constructor(part: ForeignPart) {
    this.#part = part;
  }

  requireAlarms(): void {}

  beginList(): number {
    return 0;
  }

  async read<T>(read: Use<T>): Promise<T> {
    return read(this.#part.innermost.keys, NO_NUMBER);
  }

  async write<T>(write: Use<T>): Promise<T> {
    return write(this.#part.innermost.keys, NO_NUMBER);
  }
}

/** There is one object below. */
const NO_NUMBER = 0;
