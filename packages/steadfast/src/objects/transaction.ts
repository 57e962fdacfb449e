/** Transactions: what a callback writes is kept or undone as a whole. */
import { AsyncResource } from "node:async_hooks";
import { fromNative } from "../errors.js";
import { type Context, runIn } from "../lane/context.js";
import type { StorageAccess, StoreAccess } from "./access.js";
import { AlarmMethods, type GetAlarmOptions, type SetAlarmOptions } from "./alarm.js";
import { illegalConstructor, illegalInvocation, tag, wrongArgument } from "./arguments.js";
import { AsyncKv, type GetOptions, type ListOptions, type PutOptions } from "./async-kv.js";
import type { KeyAccess } from "./key-access.js";
import { contextOf } from "./state.js";

/** Only whoever has this may make a transaction. */
const MAKER = Symbol("maker");

let isTransaction: (value: unknown) => value is DurableObjectTransaction;
let settle: (txn: DurableObjectTransaction, state: "committed" | "rolledBack") => void;

/** What the callback of `storage.transaction` is given. All storage it uses meanwhile takes part too. */
export class DurableObjectTransaction {
  readonly #rollBack: () => void;
  readonly #asyncKv: AsyncKv;
  readonly #alarm: AlarmMethods;
  #state: "open" | "committed" | "rolledBack" = "open";

  static {
    isTransaction = (value): value is DurableObjectTransaction =>
      typeof value === "object" && value !== null && #rollBack in value;
    settle = (txn, state) => {
      if (txn.#state === "open") txn.#state = state;
    };
  }

  /** @internal */
  constructor(access: KeyAccess, rollBack: () => void, maker?: typeof MAKER) {
    if (maker !== MAKER) throw illegalConstructor();
    this.#rollBack = rollBack;
    this.#asyncKv = new AsyncKv(access, CLASS_NAME, (method) => this.#check(method));
    this.#alarm = new AlarmMethods(access, CLASS_NAME, (method) => this.#check(method));
  }

  get<T = unknown>(key: string, options?: GetOptions): Promise<T | undefined>;
  get<T = unknown>(keys: string[], options?: GetOptions): Promise<Map<string, T>>;
  get(...given: unknown[]): Promise<unknown> {
    if (!isTransaction(this)) throw illegalInvocation();
    return this.#asyncKv.get(given);
  }

  list<T = unknown>(options?: ListOptions): Promise<Map<string, T>>;
  list(...given: unknown[]): Promise<Map<string, unknown>> {
    if (!isTransaction(this)) throw illegalInvocation();
    return this.#asyncKv.list(given[0]);
  }

  put<T>(key: string, value: T, options?: PutOptions): Promise<void>;
  put<T>(entries: Record<string, T>, options?: PutOptions): Promise<void>;
  put(...given: unknown[]): Promise<void> {
    if (!isTransaction(this)) throw illegalInvocation();
    return this.#asyncKv.put(given);
  }

  delete(key: string, options?: PutOptions): Promise<boolean>;
  delete(keys: string[], options?: PutOptions): Promise<number>;
  delete(...given: unknown[]): Promise<boolean | number> {
    if (!isTransaction(this)) throw illegalInvocation();
    return this.#asyncKv.delete(given);
  }

  /** Never works; here because the platform has it. */
  deleteAll(): never {
    if (!isTransaction(this)) throw illegalInvocation();
    throw new Error("Cannot call deleteAll() within a transaction");
  }

  /** Undoes what was written so far. The transaction still resolves with what its callback returns. */
  rollback(): void {
    if (!isTransaction(this)) throw illegalInvocation();
    if (this.#state === "rolledBack") return;
    this.#check("rollback");
    this.#rollBack();
    this.#state = "rolledBack";
  }

  /** When the object's alarm is due, in milliseconds since the Unix epoch; `null` without one. */
  getAlarm(options?: GetAlarmOptions): Promise<number | null>;
  getAlarm(...given: unknown[]): Promise<number | null> {
    if (!isTransaction(this)) throw illegalInvocation();
    return this.#alarm.get(given);
  }

  /** Sets the object's one alarm: its `alarm` handler runs at that time, or now if it is past. */
  setAlarm(scheduledTime: number | Date, options?: SetAlarmOptions): Promise<void>;
  setAlarm(...given: unknown[]): Promise<void> {
    if (!isTransaction(this)) throw illegalInvocation();
    return this.#alarm.set(given);
  }

  deleteAlarm(options?: SetAlarmOptions): Promise<void>;
  deleteAlarm(...given: unknown[]): Promise<void> {
    if (!isTransaction(this)) throw illegalInvocation();
    return this.#alarm.delete(given);
  }

  #check(method: string): void {
    if (this.#state === "rolledBack") {
      throw new Error(`Cannot ${method}() on rolled back transaction`);
    }
    if (this.#state === "committed") {
      throw new Error(
        `Cannot call ${method}() on transaction that has already committed: ` +
          "did you move `txn` outside of the closure?",
      );
    }
  }
}

const CLASS_NAME = "DurableObjectTransaction";

tag(DurableObjectTransaction, CLASS_NAME);

/** What a callback is given whose reads and writes go through `access`; `rollBack` undoes them. */
export function makeTransaction(access: KeyAccess, rollBack: () => void): DurableObjectTransaction {
  return new DurableObjectTransaction(access, rollBack, MAKER);
}

/** Lets it be used no more. */
export function settleTransaction(
  txn: DurableObjectTransaction,
  state: "committed" | "rolledBack",
): void {
  settle(txn, state);
}

interface Settlement {
  resolve(value: unknown): void;
  reject(error: unknown): void;
}

type Callback = (txn: DurableObjectTransaction) => unknown;

/** Runs `callback` while nothing else is delivered to the object, as one unit that its failure undoes. */
export function transaction(access: StorageAccess, callback: unknown): Promise<unknown> {
  return access.captured(() => {
    if (typeof callback !== "function") throw notACallback("transaction");
    const { lane, activation } = access;
    const context = contextOf(activation);
    const scope = new AsyncResource("transaction");
    let settled: Settlement;
    lane.transaction(context, (section) => {
      const inside: Context = { activation, section, depth: context.depth };
      const run = (): void => runCallback(access, section, callback as Callback, settled);
      scope.runInAsyncScope(runIn, undefined, inside, run);
    });
    return new Promise<unknown>((resolve, reject) => {
      settled = { resolve, reject };
    });
  });
}

function runCallback(
  access: StorageAccess,
  section: number,
  callback: Callback,
  { resolve, reject }: Settlement,
): void {
  const rollBack = (): void => {
    access.writeNow((native, number) => native.rollBackTransaction(number, section));
  };
  const txn = makeTransaction(access, rollBack);
  const commit = (value: unknown): void => {
    settle(txn, "committed");
    if (end(access, section, true)) resolve(value);
  };
  const undo = (error: unknown): void => {
    settle(txn, "rolledBack");
    if (end(access, section, false)) reject(error);
  };
  try {
    Promise.resolve(callback(txn)).then(commit, undo);
  } catch (error) {
    undo(error);
  }
}

/** Ends the transaction; `false` when the object has ended too, so that nothing of it may run on. */
function end(access: StorageAccess, section: number, commit: boolean): boolean {
  const { lane, activation } = access;
  if (activation.ended !== undefined) return false;
  access.writes += 1;
  lane.ensureTurn();
  return lane.native.endTransaction(activation.number, section, commit);
}

/** Runs `callback` as one unit that its failure undoes. What it does after it has returned is outside. */
export function transactionSync(access: StoreAccess, callback: unknown): unknown {
  if (typeof callback !== "function") throw notACallback("transactionSync");
  const number = access.writeNow((native, activation) => native.beginTransactionSync(activation));
  let result: unknown;
  try {
    result = (callback as () => unknown)();
  } catch (error) {
    endSync(access, number, false);
    throw error;
  }
  endSync(access, number, true);
  return result;
}

function endSync(access: StoreAccess, transaction: number, commit: boolean): void {
  if (access.ended) return;
  access.writes += 1;
  try {
    access.native.endTransactionSync(access.number, transaction, commit);
  } catch (error) {
    throw fromNative(error);
  }
}

/** The error of a transaction without a function to run. */
export function notACallback(method: string): TypeError {
  return wrongArgument(method, "DurableObjectStorage", 1, "function");
}
