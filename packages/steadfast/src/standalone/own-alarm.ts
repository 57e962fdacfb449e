/** The alarm of a store of ours, and those who run it. */
import type { AlarmStore, DurableObjectAlarmBridge } from "../backed/index.cjs";
import { storeFunctions } from "./addon.js";
import { AlarmRunners } from "./alarm-runners.js";
import type { OpenStores } from "./open-stores.js";

export class OwnAlarm {
  readonly #store: number;
  readonly #runners = new AlarmRunners();
  /** What those who run it know of. */
  #told: number | null = null;
  #isStopped = false;

  constructor(stores: OpenStores) {
    this.#store = stores.number;
    stores.beforeLastClose(() => {
      this.#isStopped = true;
      this.#runners.stop();
    });
  }

  /** Adds one who runs the alarm, and knows at once of the one there is. `forget` deletes it when it has fired. */
  add(alarms: AlarmStore | DurableObjectAlarmBridge, forget: () => Promise<void>): void {
    const bridge = this.#runners.add(alarms, async () => {
      // Another may have been set since this one was told of.
      const hasFired = this.#dueMs() === this.#told;
      this.#told = null;
      if (hasFired) await forget();
    });
    if (bridge === undefined) return;
    const dueMs = this.#dueMs();
    if (dueMs === null) return;
    this.#told = dueMs;
    void bridge.setAlarm(dueMs);
  }

  /** The alarm that has just been committed, for those who run it. */
  committed(): number | null {
    return this.#runners.isEmpty ? this.#told : this.#dueMs();
  }

  /** Tells those who run it of the alarm that has been committed. */
  async tell(dueMs: number | null): Promise<void> {
    if (dueMs === this.#told || this.#isStopped) return;
    this.#told = dueMs;
    await (dueMs === null ? this.#runners.deleteAlarm() : this.#runners.setAlarm(dueMs));
  }

  #dueMs(): number | null {
    return storeFunctions.alarmGet(this.#store) as number | null;
  }
}
