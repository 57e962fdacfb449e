export { Steadfast } from "./app.js";
export {
  type Attached,
  attach,
  type DurableObjectBinding,
  type ServiceBinding,
  type WorkerDefinition,
} from "./attach.js";
export {
  AlarmStore,
  type DurableObjectAlarmBridge,
  type StoredKey,
  type StoredValue,
} from "./backed/index.cjs";
export type { Limits } from "./binding.js";
export { Clock, type ClockOptions } from "./clock.js";
export type { Duration } from "./duration.js";
export { SteadfastError, type SteadfastErrorCode } from "./errors.js";
export type { GetAlarmOptions, SetAlarmOptions } from "./objects/alarm.js";
export type { GetOptions, ListOptions, PutOptions } from "./objects/async-kv.js";
export type { Cursor as SqlStorageCursor, SqlStorageValue } from "./objects/cursor.js";
export type { SyncKvStorage } from "./objects/kv.js";
export type { SqlStorage } from "./objects/sql.js";
export type { DurableObjectTransaction } from "./objects/transaction.js";
export type {
  AppOptions,
  ObjectBinding,
  ServiceOption,
  WorkerOptions,
} from "./options.js";
export { type AccessEntry, Server, type ServerOptions } from "./server.js";
export type { ScheduledOptions, ScheduledResult } from "./services/scheduled.js";
export type { BackingListOptions, BackingStorage } from "./standalone/backing-storage.js";
export { DurableObjectStorage } from "./standalone/storage.js";
