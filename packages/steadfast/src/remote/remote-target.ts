/** Something another lane hosts, as this one calls it. */
import type { Lane } from "../lane/lane.js";
import { discard, HOST_GONE } from "../rpc/capability.js";
import type { Answer, ObjectEvent } from "../rpc/event.js";
import type { StubTarget } from "../rpc/target.js";

/** How the other lane is told. */
export interface Way {
  readonly lane: Lane;
  /** Whether the lane that hosts it still lives. */
  isOpen(): boolean;
  call(exported: number, event: ObjectEvent, settle: (answer: Answer) => void): void;
  release(exported: number): void;
}

/** A value or a service of another lane, under the number that lane exported it as. */
export class RemoteTarget implements StubTarget {
  readonly exported: number;
  readonly way: Way;
  readonly #hold: { count: number; readonly way: Way; readonly exported: number };

  /** It is held once, by the message it came with. */
  constructor(way: Way, exported: number) {
    this.way = way;
    this.exported = exported;
    this.#hold = { count: 1, way, exported };
    forgotten.register(this, this.#hold);
  }

  get lane(): Lane {
    return this.way.lane;
  }

  retain(): void {
    this.#hold.count += 1;
  }

  release(): void {
    this.#hold.count -= 1;
    if (this.#hold.count === 0) end(this.#hold);
  }

  send(event: ObjectEvent, settle: (answer: Answer) => void): void {
    if (this.way.isOpen()) {
      this.way.call(this.exported, event, settle);
      return;
    }
    if (event.type === "call") discard(event.args);
    settle({ error: new Error(HOST_GONE) });
  }
}

/** Stubs of services are never disposed, and other holders may be forgotten: the last one is gone. */
const forgotten = new FinalizationRegistry(
  (hold: { count: number; readonly way: Way; readonly exported: number }) => {
    if (hold.count > 0) end(hold);
  },
);

function end({ way, exported }: { readonly way: Way; readonly exported: number }): void {
  if (way.isOpen()) way.release(exported);
}
