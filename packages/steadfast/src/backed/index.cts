/**
 * Durable Object storage over anybody's storage: what `@steadfast/miniflare-durable-objects`,
 * `@steadfast/storage` and the `DurableObjectStorage` of this package share. In CommonJS, because the first
 * two stand in for CommonJS packages.
 *
 * For the packages of Steadfast, in the same version: what is exported here may change without notice.
 */
export { requireVersion } from "../addon.cjs";
export {
  ALARM_KEY,
  AlarmStore,
  type DurableObjectAlarm,
  type DurableObjectAlarmBridge,
  kBridgeOfStorage,
} from "./alarms.cjs";
export {
  type Backing,
  kWriteAll,
  type ListOptions,
  type StoredKey,
  type StoredValue,
} from "./backing.cjs";
export type { Gates } from "./gates.cjs";
export { native } from "./native.cjs";
export { keysOf, Overlay } from "./overlay.cjs";
export { ReadWriteMutex } from "./rwmutex.cjs";
export { BackedStorage } from "./storage.cjs";
export { Disk, DiskStore, kStore, NO_LANE } from "./stores.cjs";
export { Transaction } from "./transaction.cjs";
