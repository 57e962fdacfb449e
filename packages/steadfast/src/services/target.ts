/**
 * Where service bindings lead.
 *
 * A Worker is called outside every object, in the entry of the caller's own lane. What an object sends
 * there, and what it is answered, crosses as a delivery of its own, after what the sender wrote was
 * submitted; the object stays in memory meanwhile.
 */
import { currentContext, currentDepth, runIn } from "../lane/context.js";
import { hold } from "../lane/hold.js";
import type { Lane } from "../lane/lane.js";
import { discard } from "../rpc/capability.js";
import type { Answer, ObjectEvent } from "../rpc/event.js";
import type { Target } from "../rpc/target.js";
import { type Called, serve } from "./deliver.js";

type Settle = (answer: Answer) => void;

/** An export of a Worker of this process. */
export class ServiceTarget implements Target {
  readonly lane: Lane;
  readonly called: Called;

  constructor(called: Called) {
    this.lane = called.service.lane;
    this.called = called;
  }

  send(event: ObjectEvent, settle: Settle): void {
    const { called, lane } = this;
    const caller = currentContext();
    const depth = currentDepth();
    if (caller === undefined) {
      lane.resume(undefined, () => {
        called.service.whenStarted(() => serve(called, event, undefined, depth + 1, settle));
      });
      return;
    }
    const { activation } = caller;
    const release = hold(lane, activation);
    const answered: Settle = (answer) => {
      if (activation.ended !== undefined && "payload" in answer) discard(answer.payload);
      lane.pass(undefined, caller, () => {
        release();
        runIn(caller, () => settle(answer));
      });
    };
    lane.pass(activation, undefined, () => {
      called.service.whenStarted(() => serve(called, event, caller, depth + 1, answered));
    });
  }
}
