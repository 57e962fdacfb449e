/** The alarm of a store of ours, and those who run it. */
import type { AlarmStore, DiskStore, DurableObjectAlarmBridge } from "../backed/index.cjs";
import { storeFunctions } from "./addon.js";
import { AlarmRunners } from "./alarm-runners.js";

export class OwnAlarm {
  readonly #store: number;
  readonly #disk: DiskStore["disk"];
  readonly #runners = new AlarmRunners();
  /** What those who run it know of. */
  #told: number | null = null;

  constructor({ number, disk }: DiskStore) {
    this.#store = number;
    this.#disk = disk;
  }

  /** Adds one who runs the alarm, and knows at once of the one there is. `forget` deletes it when it has fired. */
  add(alarms: AlarmStore | DurableObjectAlarmBridge, forget: () => Promise<void>): void {
    const bridge = this.#runners.add(alarms, async () => {
      // Another may have been set since this one was told of.
      const hasFired = storeFunctions.alarmGet(this.#store) === this.#told;
      this.#told = null;
      if (hasFired) await forget();
    });
    if (bridge === undefined) return;
    this.#disk.beforeClose.add(this.#stop);
    const dueMs = storeFunctions.alarmGet(this.#store) as number | null;
    if (dueMs === null) return;
    this.#told = dueMs;
    void bridge.setAlarm(dueMs);
  }

  readonly #stop = (): void => this.#runners.stop();

  /** Tells of the alarm that has been committed. */
  async tell(): Promise<void> {
    if (this.#runners.isEmpty) return;
    const dueMs = storeFunctions.alarmGet(this.#store) as number | null;
    if (dueMs === this.#told) return;
    this.#told = dueMs;
    await (dueMs === null ? this.#runners.deleteAlarm() : this.#runners.setAlarm(dueMs));
  }
}
