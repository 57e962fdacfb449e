// Compiled, never run: a storage that stands alone can be used where a program wants what the published Workers
// types say, but for bookmarks and replicas, which need an object that runs.
import type * as published from "@cloudflare/workers-types";
import { type DiskStorage, FileStorage, MemoryStorage } from "@steadfast/storage";
import {
  AlarmStore,
  type BackingListOptions,
  type BackingStorage,
  DurableObjectStorage,
  type DurableObjectTransaction,
  type SqlStorage,
  type SqlStorageCursor,
  type StoredKey,
  type StoredValue,
  type SyncKvStorage,
} from "../../src/index.js";

/** A type error unless values of `Given` can be used as `Wanted`. */
type Fits<Given extends Wanted, Wanted> = Given;

type NeedsObject =
  | "getCurrentBookmark"
  | "getBookmarkForTime"
  | "onNextSessionRestoreBookmark"
  | "primary"
  | "ensureReplicas"
  | "disableReplicas";

export type Storage = Fits<DurableObjectStorage, Omit<published.DurableObjectStorage, NeedsObject>>;
export type Transaction = Fits<DurableObjectTransaction, published.DurableObjectTransaction>;
export type Kv = Fits<SyncKvStorage, published.SyncKvStorage>;
export type Sql = Fits<SqlStorage, published.SqlStorage>;

/** The least that a user writes. */
class Own implements BackingStorage {
  readonly entries = new Map<string, StoredValue>();
  get(key: string) {
    return this.entries.get(key);
  }
  put(key: string, value: StoredValue) {
    this.entries.set(key, value);
  }
  delete(key: string) {
    return this.entries.delete(key);
  }
  list({ prefix = "" }: BackingListOptions = {}): { keys: StoredKey[] } {
    const names = [...this.entries.keys()].filter((name) => name.startsWith(prefix));
    return { keys: names.sort().map((name) => ({ name })) };
  }
}

export async function use(disk: DiskStorage): Promise<number> {
  const alarms = new AlarmStore();
  const storages = [
    new DurableObjectStorage(new MemoryStorage(), alarms),
    new DurableObjectStorage(new FileStorage("./data"), alarms.buildBridge("key")),
    new DurableObjectStorage(disk),
    new DurableObjectStorage(disk.object("name")),
    new DurableObjectStorage(new Own()),
  ];
  // @ts-expect-error It cannot be read.
  new DurableObjectStorage({});
  // @ts-expect-error It is no alarm store.
  new DurableObjectStorage(disk, {});
  const [storage] = storages as [DurableObjectStorage];
  const text: string | undefined = await storage.get<string>("a");
  const several: Map<string, number> = await storage.get<number>(["a", text ?? ""]);
  const cursor: SqlStorageCursor<{ a: number }> = storage.sql.exec<{ a: number }>("SELECT 1 AS a");
  const kept: number = await storage.transaction(async (txn) => {
    await txn.put({ a: cursor.one().a });
    return several.size;
  });
  return storage.transactionSync(() => kept);
}
