/** What `@miniflare/durable-objects` exports. */
import "./core";
import "./plugin-options";

export {
  ALARM_KEY,
  AlarmStore,
  type DurableObjectAlarm,
  type DurableObjectAlarmBridge,
  ReadWriteMutex,
} from "steadfast/backed";
export { DurableObjectError, type DurableObjectErrorCode } from "./error";
export { DurableObjectId } from "./id";
export {
  type DurableObjectFactory,
  DurableObjectNamespace,
  type NewUniqueIdOptions,
} from "./namespace";
export {
  type DurableObjectGetAlarmOptions,
  type DurableObjectGetOptions,
  type DurableObjectListOptions,
  type DurableObjectOperator,
  type DurableObjectPutOptions,
  type DurableObjectSetAlarmOptions,
  kAlarmExists,
} from "./operator";
export {
  type DurableObjectsObjectsOptions,
  type DurableObjectsOptions,
  DurableObjectsPlugin,
} from "./plugin";
export { ShadowStorage } from "./shadow";
export {
  _kRunWithGates,
  type DurableObject,
  type DurableObjectConstructor,
  DurableObjectState,
} from "./state";
export { DurableObjectStorage } from "./storage";
export { DurableObjectStub } from "./stub";
export { DurableObjectTransaction } from "./transaction";
