/** Those who run the alarm of a storage. */
import {
  type AlarmStore,
  type DurableObjectAlarmBridge,
  kBridgeOfStorage,
} from "../backed/index.cjs";
import { outside } from "./part.js";

/** All that the storages over one backing were given, each once. */
export class AlarmRunners implements DurableObjectAlarmBridge {
  readonly #bridges = new Map<object, DurableObjectAlarmBridge>();
  /** Those of alarm stores, whose alarm is this storage's alone. */
  readonly #timers = new Set<DurableObjectAlarmBridge>();

  /** Adds one, unless it is there: what it is told of. `fired` runs when the alarm of that time has fired. */
  add(
    alarms: AlarmStore | DurableObjectAlarmBridge,
    fired: (timeMs: number) => Promise<void>,
  ): DurableObjectAlarmBridge | undefined {
    if (this.#bridges.has(alarms)) return undefined;
    if (!(kBridgeOfStorage in alarms)) {
      this.#bridges.set(alarms, alarms);
      return alarms;
    }
    const bridge = alarms[kBridgeOfStorage](fired);
    this.#bridges.set(alarms, bridge);
    this.#timers.add(bridge);
    return bridge;
  }

  get isEmpty(): boolean {
    return this.#bridges.size === 0;
  }

  readonly setAlarm = async (scheduledTime: number | Date): Promise<void> => {
    await this.#each((bridge) => bridge.setAlarm(scheduledTime));
  };

  readonly deleteAlarm = async (): Promise<void> => {
    await this.#each((bridge) => bridge.deleteAlarm());
  };

  /** Lets no timer wait for the alarm any more, which stays stored. */
  stop(): void {
    for (const bridge of this.#timers) void bridge.deleteAlarm();
  }

  async #each(tell: (bridge: DurableObjectAlarmBridge) => Promise<void>): Promise<void> {
    await outside(() => Promise.all(Array.from(this.#bridges.values(), tell)));
  }
}
