/** What a storage that stands alone stands on. */
import type { AlarmStore, DiskStore, DurableObjectAlarmBridge } from "../backed/index.cjs";
import { kStore } from "../backed/index.cjs";
import type { KeyAccess } from "../objects/key-access.js";
import type { DurableObjectTransaction } from "../objects/transaction.js";
import type { BackingStorage } from "./backing-storage.js";
import { ForeignStore } from "./foreign-store.js";
import { OwnStore } from "./own-store.js";

export type Closure = (txn: DurableObjectTransaction) => unknown;

/** The data, wherever it is. */
export interface Below extends KeyAccess {
  deleteAll(): Promise<void>;
  transaction(closure: Closure): Promise<unknown>;
  sync(): Promise<void>;
  addAlarms(alarms: AlarmStore | DurableObjectAlarmBridge): void;
}

/** Those of this thread that are in use. Two storages on one object must see the same turn and transactions. */
const own = new Map<number, WeakRef<OwnStore>>();
const foreign = new WeakMap<BackingStorage, ForeignStore>();
const forgotten = new FinalizationRegistry<number>((number) => {
  if (own.get(number)?.deref() === undefined) own.delete(number);
});

/** The data in a storage; the same for everyone who asks with the same storage. */
export function belowOf(storage: BackingStorage): OwnStore | ForeignStore {
  const store = (storage as { [kStore]?: DiskStore })[kStore];
  return store === undefined ? foreignOf(storage) : ownOf(store);
}

function ownOf(store: DiskStore): OwnStore {
  const known = own.get(store.number)?.deref();
  if (known !== undefined) {
    known.add(store);
    return known;
  }
  const made = new OwnStore(store);
  own.set(store.number, new WeakRef(made));
  forgotten.register(made, store.number);
  return made;
}

function foreignOf(storage: BackingStorage): ForeignStore {
  const known = foreign.get(storage);
  if (known !== undefined) return known;
  const made = new ForeignStore(storage);
  foreign.set(storage, made);
  return made;
}
