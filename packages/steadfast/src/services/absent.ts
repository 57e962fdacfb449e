/** What stands for Workers that do not run here. */
import { errorOfClass } from "../errors.js";
import { currentContext } from "../lane/context.js";
import type { Lane } from "../lane/lane.js";
import { DurableObject } from "../rpc/classes.js";
import type { Answer, ObjectEvent } from "../rpc/event.js";
import type { Target } from "../rpc/target.js";
import { Response } from "../web/response.js";

/** The default export, or any other, of a Worker that does not run here. */
export class AbsentTarget implements Target {
  readonly lane: Lane;
  readonly #name: string;

  constructor(lane: Lane, name: string) {
    this.lane = lane;
    this.#name = name;
  }

  send(event: ObjectEvent, settle: (answer: Answer) => void): void {
    const caller = currentContext();
    this.lane.pass(caller?.activation, caller, () => settle(this.#answer(event)));
  }

  #answer(event: ObjectEvent): Answer {
    if (event.type === "call") {
      return { error: errorOfClass("Error", textFor(this.#name), { remote: true }) };
    }
    return { response: answerFor(this.#name), url: event.request.url, from: undefined };
  }
}

/** Stands for a class of a Worker that does not run here: its objects say so, whatever is called. */
export function absentClass(worker: string): new (ctx: unknown, env: object) => DurableObject {
  class Absent extends DurableObject {
    fetch(): Response {
      return answerFor(worker);
    }
  }
  const refuse = (): never => {
    throw new Error(textFor(worker));
  };
  // Every name is a method, but for those of handlers, which other events look for.
  Object.setPrototypeOf(
    Absent.prototype,
    new Proxy(Object.create(DurableObject.prototype) as object, {
      has: (base, key) => key in base || isMethodName(key),
      get: (base, key) => (isMethodName(key) && !(key in base) ? refuse : Reflect.get(base, key)),
    }),
  );
  return Absent;
}

function isMethodName(key: string | symbol): boolean {
  return typeof key === "string" && !HANDLERS.has(key);
}

const HANDLERS: ReadonlySet<string> = new Set([
  "alarm",
  "then",
  "webSocketMessage",
  "webSocketClose",
  "webSocketError",
]);

function answerFor(worker: string): Response {
  return new Response(textFor(worker), { status: 503 });
}

function textFor(worker: string): string {
  return `Worker "${worker}" not found. Make sure it is running locally.`;
}
