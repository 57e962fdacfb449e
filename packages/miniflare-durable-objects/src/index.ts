/** What `@miniflare/durable-objects` exports. */
import "./core";

export {
  ALARM_KEY,
  AlarmStore,
  type DurableObjectAlarm,
  type DurableObjectAlarmBridge,
} from "steadfast/backed";
export { DurableObjectError, type DurableObjectErrorCode } from "./error";
export { DurableObjectId } from "./id";
export {
  type DurableObjectGetAlarmOptions,
  type DurableObjectGetOptions,
  type DurableObjectListOptions,
  type DurableObjectOperator,
  type DurableObjectPutOptions,
  type DurableObjectSetAlarmOptions,
  kAlarmExists,
} from "./operator";
export { ReadWriteMutex } from "./rwmutex";
export { ShadowStorage } from "./shadow";
export { DurableObjectStorage } from "./storage";
export { DurableObjectTransaction } from "./transaction";
