export { type AppOptions, type ObjectBinding, Steadfast } from "./app.js";
export {
  type Attached,
  attach,
  type DurableObjectBinding,
  type WorkerDefinition,
} from "./attach.js";
export type { Limits } from "./binding.js";
export { Clock, type ClockOptions } from "./clock.js";
export type { Duration } from "./duration.js";
export { SteadfastError, type SteadfastErrorCode } from "./errors.js";
export { type AccessEntry, Server, type ServerOptions } from "./server.js";
