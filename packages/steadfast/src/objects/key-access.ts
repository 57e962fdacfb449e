/**
 * What the key-value API and the alarm need of whatever holds the data. A store of ours answers at once,
 * anybody's storage with promises.
 */
import type { ListBounds, NativeLane, Stored } from "../binding.js";
import type { Compatibility } from "../compatibility.js";

export type Awaitable<T> = T | Promise<T>;

/** The keys and the alarm of an object, which `number` names. */
export interface KeyStore {
  kvGet(number: number, key: string): Awaitable<Stored>;
  kvGetMany(number: number, keys: string[]): Awaitable<[string, Stored][]>;
  kvPut(number: number, key: string, value: Stored, allowUnconfirmed: boolean): Awaitable<void>;
  kvPutMany(number: number, pairs: [string, Stored][], allowUnconfirmed: boolean): Awaitable<void>;
  kvDelete(number: number, key: string, allowUnconfirmed: boolean): Awaitable<boolean>;
  kvDeleteMany(number: number, keys: string[], allowUnconfirmed: boolean): Awaitable<number>;
  kvList(number: number, ...bounds: ListBounds): Awaitable<[string, Stored][]>;
  alarmGet(number: number): Awaitable<number | null>;
  alarmSet(number: number, timeMs: number, allowUnconfirmed: boolean): Awaitable<void>;
  alarmDelete(number: number, allowUnconfirmed: boolean): Awaitable<void>;
}

/** What the addon offers for data on the spot, in a lane or without one. */
export type NativeStore = Pick<
  NativeLane,
  | keyof KeyStore
  | "kvDeleteAll"
  | "sqlExec"
  | "sqlNext"
  | "sqlClose"
  | "sqlRowsWritten"
  | "sqlSize"
  | "beginTransactionSync"
  | "endTransactionSync"
>;

/** The way to such a store. */
export interface KeyAccess {
  readonly compatibility: Compatibility;
  /** Throws when an alarm cannot be set, because nothing would run it. */
  requireAlarms(timeMs: number): void;
  /** Ends the list that was begun last; the number of the new one. */
  beginList(): number;
  /** Runs `read`, and tells by a promise what it returns or throws. */
  read<T>(read: (store: KeyStore, number: number) => Awaitable<T>): Promise<T>;
  /** The same for what may write. */
  write<T>(write: (store: KeyStore, number: number) => Awaitable<T>): Promise<T>;
}

/** What `next` makes of a value, at once if that is there. */
export function andThen<T, R>(value: Awaitable<T>, next: (value: T) => R): Awaitable<R> {
  return value instanceof Promise ? value.then(next) : next(value);
}
