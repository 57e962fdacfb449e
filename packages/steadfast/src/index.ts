export { Steadfast } from "./app.js";
export {
  type Attached,
  attach,
  type DurableObjectBinding,
  type ServiceBinding,
  type WorkerDefinition,
} from "./attach.js";
export type { Limits } from "./binding.js";
export { Clock, type ClockOptions } from "./clock.js";
export type { Duration } from "./duration.js";
export { SteadfastError, type SteadfastErrorCode } from "./errors.js";
export type {
  AppOptions,
  ObjectBinding,
  ServiceOption,
  WorkerOptions,
} from "./options.js";
export { type AccessEntry, Server, type ServerOptions } from "./server.js";
export type { ScheduledOptions, ScheduledResult } from "./services/scheduled.js";
