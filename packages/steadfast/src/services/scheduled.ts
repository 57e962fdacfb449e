/** The event of a cron trigger, and the clock that begins it. */
import { runIn } from "../lane/context.js";
import type { Lane } from "../lane/lane.js";
import { illegalConstructor, tag } from "../objects/arguments.js";
import { isThenable } from "../rpc/receiver.js";
import { type Cron, nextTime, parseCron } from "./cron.js";
import { enter, handlerOf } from "./entrypoint.js";
import { allSettled } from "./execution-context.js";
import type { Service } from "./service.js";

/** Only whoever has this may make a controller. */
const MAKER = Symbol("maker");

let isNoRetry: (controller: ScheduledController) => boolean;

/** What a `scheduled` handler is given. */
export class ScheduledController {
  /** The expression that is due, as it was configured. */
  readonly cron: string;
  /** When it was due, in milliseconds since the Unix epoch. */
  readonly scheduledTime: number;
  #noRetry = false;

  static {
    isNoRetry = (controller) => controller.#noRetry;
  }

  /** @internal */
  constructor(cron: string, scheduledTime: number, maker?: typeof MAKER) {
    if (maker !== MAKER) throw illegalConstructor();
    this.cron = cron;
    this.scheduledTime = scheduledTime;
  }

  /** Asks that the event is not tried again if it fails. */
  noRetry(): void {
    this.#noRetry = true;
  }
}

tag(ScheduledController, "ScheduledController");

/** What came of a `scheduled` event. */
export interface ScheduledResult {
  outcome: "ok" | "exception";
  noRetry: boolean;
}

/** Which `scheduled` event. */
export interface ScheduledOptions {
  /** The expression the handler is told. Default: empty. */
  cron?: string | undefined;
  /** When it was due. Default: now. */
  scheduledTime?: Date | number | undefined;
}

/** The time of day of a lane, in milliseconds since the Unix epoch. */
function timeOf(lane: Lane): number {
  return lane.clock?.now() ?? Date.now();
}

/**
 * Runs the `scheduled` handler of a Worker's default export. Never rejects: what the handler throws,
 * or gives to `waitUntil` and rejects, is printed.
 */
export function runScheduled(
  service: Service,
  { cron = "", scheduledTime }: ScheduledOptions,
): Promise<ScheduledResult> {
  const time = Number(scheduledTime ?? timeOf(service.lane));
  const controller = new ScheduledController(cron, time, MAKER);
  return runIn(service.context, async (): Promise<ScheduledResult> => {
    let outcome: ScheduledResult["outcome"] = "ok";
    try {
      const entry = enter(service, "default", {});
      const handler = handlerOf(entry, "scheduled");
      if (handler === undefined) {
        console.error(WITHOUT_HANDLER);
        return { outcome: "exception", noRetry: true };
      }
      const result = handler.call(entry.value, controller, service.env, entry.ctx);
      if (isThenable(result)) await result;
      if (!(await allSettled(entry.ctx))) outcome = "exception";
    } catch (error) {
      console.error("uncaught (in scheduled)", error);
      outcome = "exception";
    }
    return { outcome, noRetry: isNoRetry(controller) };
  });
}

const WITHOUT_HANDLER =
  "Received a ScheduledEvent but we lack a handler for ScheduledEvents (a.k.a. Cron Triggers). " +
  "Did you remember to export a scheduled() function?";

/** The machine's clock can be set, and stand still with the machine: it is looked at this often. */
const LOOK_MS = 60_000;

/** Begins the `scheduled` events of a Worker when its cron expressions say so; stops with the lane. */
export function followCrons(service: Service, crons: readonly string[]): void {
  for (const text of crons) follow(service, text, parseCron(text), timeOf(service.lane));
}

function follow(service: Service, text: string, cron: Cron, afterMs: number): void {
  const { lane } = service;
  const due = nextTime(cron, afterMs);
  if (due === undefined) return;
  const wait = due - timeOf(lane);
  const look = (): void => {
    const now = timeOf(lane);
    if (now < due) {
      follow(service, text, cron, afterMs);
      return;
    }
    void runScheduled(service, { cron: text, scheduledTime: due });
    follow(service, text, cron, now);
  };
  lane.startTimer(undefined, lane.clock === undefined ? Math.min(wait, LOOK_MS) : wait, look);
}
