/** The addon's functions over stores that no lane runs. */
import { ALARM_KEY, NO_LANE } from "../backed/index.cjs";
import { type Binding, binding, type ListBounds, type Stored } from "../binding.js";
import type { NativeStore } from "../objects/key-access.js";

/** Transactions of such stores. A store and a transaction are numbers. */
interface NativeTransactions {
  /** Begins one that sees the store as it is now, and keeps what it writes to itself. */
  optimisticBegin(store: number): number;
  optimisticGet(txn: number, key: string): Stored;
  optimisticGetMany(txn: number, keys: string[]): [string, Stored][];
  optimisticPut(txn: number, key: string, value: Stored): void;
  optimisticPutMany(txn: number, pairs: [string, Stored][]): void;
  optimisticDelete(txn: number, key: string): boolean;
  optimisticDeleteMany(txn: number, keys: string[]): number;
  optimisticList(txn: number, ...bounds: ListBounds): [string, Stored][];
  optimisticAlarm(txn: number): number | null;
  optimisticSetAlarm(txn: number, timeMs: number, nowMs: number): void;
  optimisticDeleteAlarm(txn: number): void;
  /** Begins a part that can be undone by itself. */
  optimisticBeginPart(txn: number): number;
  optimisticEndPart(txn: number, part: number, keep: boolean): void;
  /** Whether what it read was still so. If not, nothing of it was written. */
  optimisticEnd(txn: number, commit: boolean): boolean;
  /** Gives it the store: the numbers of it and of its parts, or `null` when what it read is not so any more. */
  optimisticTakeStore(txn: number): number[] | null;
  /** The transactions of those who have the store to themselves. */
  beginStoreTransaction(store: number): number;
  endStoreTransaction(store: number, transaction: number, commit: boolean): void;
  setStoreAlarm(store: number, timeMs: number, nowMs: number): void;
}

export const addon = binding as Binding & NativeTransactions;

/** Lists without the key that the stand-in for Miniflare 2 keeps an object's alarm under, which is no value. */
export function withoutAlarmKey(
  bounds: ListBounds,
  list: (wanted: ListBounds) => [string, Stored][],
): [string, Stored][] {
  const [start, startAfter, end, prefix, reverse, limit] = bounds;
  const isLimited = limit !== null && limit > 0;
  const entries = list([start, startAfter, end, prefix, reverse, isLimited ? limit + 1 : limit]);
  const at = entries.findIndex(([key]) => key === ALARM_KEY);
  if (at >= 0) entries.splice(at, 1);
  if (isLimited && entries.length > limit) entries.length = limit;
  return entries;
}

/** The functions of an activation, over a store that has none. */
export const storeFunctions: NativeStore = {
  kvGet: addon.kvGet.bind(undefined, NO_LANE),
  kvGetMany: addon.kvGetMany.bind(undefined, NO_LANE),
  kvPut: addon.kvPut.bind(undefined, NO_LANE),
  kvPutMany: addon.kvPutMany.bind(undefined, NO_LANE),
  kvDelete: addon.kvDelete.bind(undefined, NO_LANE),
  kvDeleteMany: addon.kvDeleteMany.bind(undefined, NO_LANE),
  kvList: (store, ...bounds) =>
    withoutAlarmKey(bounds, (wanted) => addon.kvList(NO_LANE, store, ...wanted)),
  kvDeleteAll: addon.kvDeleteAll.bind(undefined, NO_LANE),
  sqlExec: addon.sqlExec.bind(undefined, NO_LANE),
  sqlNext: addon.sqlNext.bind(undefined, NO_LANE),
  sqlClose: addon.sqlClose.bind(undefined, NO_LANE),
  sqlRowsWritten: addon.sqlRowsWritten.bind(undefined, NO_LANE),
  sqlSize: addon.sqlSize.bind(undefined, NO_LANE),
  beginTransactionSync: addon.beginTransactionSync.bind(undefined, NO_LANE),
  endTransactionSync: addon.endTransactionSync.bind(undefined, NO_LANE),
  alarmGet: addon.alarmGet.bind(undefined, NO_LANE),
  alarmSet: (store, timeMs) => addon.setStoreAlarm(store, timeMs, Date.now()),
  alarmDelete: addon.alarmDelete.bind(undefined, NO_LANE),
};
