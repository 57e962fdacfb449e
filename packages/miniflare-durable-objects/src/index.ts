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
