/** Runs an object's alarm handler. */
import { isThenable } from "../rpc/receiver.js";
import type { Activation } from "./activation.js";
import { runIn } from "./context.js";
import type { Lane } from "./lane.js";

/** What the handler is given. */
export class AlarmInvocationInfo {
  /** The time the alarm was set to, in milliseconds since the Unix epoch. */
  declare readonly scheduledTime: number;
  /** How many retries came before. */
  declare readonly retryCount: number;
  declare readonly isRetry: boolean;

  /** @internal */
  constructor(scheduledTime: number, retryCount: number) {
    const isRetry = retryCount > 0;
    for (const [name, value] of Object.entries({ scheduledTime, retryCount, isRetry })) {
      Object.defineProperty(this, name, { value, enumerable: true, configurable: true });
    }
  }
}

Object.defineProperty(AlarmInvocationInfo.prototype, Symbol.toStringTag, {
  value: "AlarmInvocationInfo",
  configurable: true,
});

/** Calls the handler, and tells the lane how that ended. */
export function runAlarm(
  lane: Lane,
  activation: Activation,
  scheduledTime: number,
  retryCount: number,
): void {
  const { instance, number } = activation;
  if (typeof instance?.alarm !== "function") {
    console.warn(NO_HANDLER);
    lane.native.alarmUnhandled(number);
    return;
  }
  const succeed = (): void => {
    if (activation.ended !== undefined) return;
    lane.ensureTurn();
    lane.native.alarmSucceeded(number);
  };
  const fail = (error: unknown): void => {
    if (activation.ended !== undefined) return;
    console.error("uncaught (in alarm)", error);
    lane.ensureTurn();
    lane.native.alarmThrew(number);
  };
  const info = new AlarmInvocationInfo(scheduledTime, retryCount);
  try {
    const result = runIn({ activation, section: 0, depth: 0 }, () => instance.alarm?.(info));
    if (isThenable(result)) result.then(succeed, fail);
    else succeed();
  } catch (error) {
    fail(error);
  }
}

const NO_HANDLER =
  "Attempted to run a scheduled alarm without a handler, did you remember to export an alarm() function?";
