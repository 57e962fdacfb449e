/** The alarm of an object, as its storage and transactions offer it. */

import type { Activation } from "../lane/activation.js";
import { isOptions, wrongArgument } from "./arguments.js";
import { TIME_MS_MAX, toTimeMs } from "./date.js";
import { abortRun } from "./facets.js";
import type { KeyAccess } from "./key-access.js";

/** How to ask for the alarm. */
export interface GetAlarmOptions {
  /** Accepted, without effect: a read holds nothing up. */
  allowConcurrency?: boolean;
}

/** How to change the alarm. */
export interface SetAlarmOptions {
  /** Accepted, without effect: a write holds nothing up. */
  allowConcurrency?: boolean;
  /** Let what the object sends go out before the alarm is durable. */
  allowUnconfirmed?: boolean;
}

/** `getAlarm`, `setAlarm` and `deleteAlarm` of one class; `check` throws when they may not be called. */
export class AlarmMethods {
  readonly #access: KeyAccess;
  readonly #className: string;
  readonly #check: (method: string) => void;

  constructor(
    access: KeyAccess,
    className: string,
    check: (method: string) => void = () => undefined,
  ) {
    this.#access = access;
    this.#className = className;
    this.#check = check;
  }

  get(given: unknown[]): Promise<number | null> {
    return this.#access.read((store, number) => {
      this.#requireOptions("getAlarm", given, 0, "GetAlarmOptions");
      this.#check("getAlarm");
      return store.alarmGet(number);
    });
  }

  set(given: unknown[]): Promise<void> {
    return this.#access.write((store, number) => {
      const timeMs = toTimeMs(given[0], "setAlarm", this.#className);
      const options = this.#requireOptions("setAlarm", given, 1, "SetAlarmOptions");
      this.#check("setAlarm");
      this.#access.requireAlarms(timeMs);
      return store.alarmSet(number, timeMs, Boolean(options?.allowUnconfirmed));
    });
  }

  delete(given: unknown[]): Promise<void> {
    return this.#access.write((store, number) => {
      const options = this.#requireOptions("deleteAlarm", given, 0, "SetAlarmOptions");
      this.#check("deleteAlarm");
      return store.alarmDelete(number, Boolean(options?.allowUnconfirmed));
    });
  }

  #requireOptions(
    method: string,
    given: unknown[],
    position: number,
    type: string,
  ): SetAlarmOptions | null | undefined {
    const options = given[position];
    if (!isOptions(options)) throw wrongArgument(method, this.#className, position + 1, type);
    return options;
  }
}

/** Throws when the activation cannot have an alarm at that time. */
export function requireHandler(activation: Activation, timeMs: number): void {
  if (activation.facetOf !== undefined) throw breakFacet(activation);
  const { instance } = activation;
  // There is no instance until its constructor has returned. A time that is refused anyway is told first.
  const hasHandler = instance === undefined || typeof instance.alarm === "function";
  if (!hasHandler && timeMs >= 1 && timeMs <= TIME_MS_MAX) throw new TypeError(NO_HANDLER);
}

/** Ends a facet that wants an alarm, as if its parent had. */
function breakFacet({ facetOf }: Activation): Error {
  const error = new Error("Facets currently cannot set alarms.");
  if (facetOf !== undefined) abortRun(facetOf.parent.facets, facetOf.run, error);
  return error;
}

const NO_HANDLER =
  "Your Durable Object class must have an alarm() handler in order to call setAlarm()";
