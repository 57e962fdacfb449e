/** The alarm of a store of ours, and those who run it. */
import type { AlarmStore, DurableObjectAlarmBridge } from "../backed/index.cjs";
import { storeFunctions } from "./addon.js";
import { AlarmRunners } from "./alarm-runners.js";
import type { OpenStores } from "./open-stores.js";
import { outside } from "./part.js";

export class OwnAlarm {
  readonly #store: number;
  readonly #stores: OpenStores;
  readonly #runners = new AlarmRunners();
  /** What those who run it know of; `undefined` when one of them has run it. */
  #told: number | null | undefined = null;
  #isStopped = false;

  constructor(stores: OpenStores) {
    this.#store = stores.number;
    this.#stores = stores;
  }

  /** Adds one who runs the alarm, and knows at once of the one there is. `fired` runs when one has fired. */
  add(
    alarms: AlarmStore | DurableObjectAlarmBridge,
    fired: (timeMs: number) => Promise<void>,
  ): void {
    const isFirst = this.#runners.isEmpty;
    const bridge = this.#runners.add(alarms, fired);
    if (bridge === undefined) return;
    if (isFirst) this.#stores.beforeLastClose(() => this.#stop());
    const dueMs = this.#dueMs();
    if (dueMs === null) return;
    this.#told = dueMs;
    void outside(() => bridge.setAlarm(dueMs));
  }

  /** Deletes the alarm that has fired, unless another was set since. Whatever is there is told then. */
  forget(timeMs: number): void {
    this.#told = undefined;
    if (this.#dueMs() === timeMs) storeFunctions.alarmDelete(this.#store, false);
  }

  /** The alarm that has just been committed, for those who run it. */
  committed(): number | null {
    return this.#runners.isEmpty ? null : this.#dueMs();
  }

  /** Tells those who run it of the alarm that has been committed. */
  async tell(dueMs: number | null): Promise<void> {
    if (dueMs === this.#told || this.#isStopped) return;
    this.#told = dueMs;
    await (dueMs === null ? this.#runners.deleteAlarm() : this.#runners.setAlarm(dueMs));
  }

  #stop(): void {
    this.#isStopped = true;
    this.#runners.stop();
  }

  #dueMs(): number | null {
    return storeFunctions.alarmGet(this.#store) as number | null;
  }
}
