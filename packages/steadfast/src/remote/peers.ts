/**
 * The other lanes, as this one reaches them.
 *
 * An object lives on the lane that its id says. A call from another lane is sent there, and its entry makes
 * it as a call of its own; the answer comes back the same way. What each side has seen crosses along, so
 * gates, order and durability are those of calls within a lane.
 */
import { currentCode, type EntryContext } from "../lane/context.js";
import type { Lane } from "../lane/lane.js";
import type { Message } from "./message.js";
import { Peer } from "./peer.js";

/** Where the hex digits of an id are that say its lane. */
const PLACE_DIGITS = [24, 32] as const;

export class Peers {
  readonly #lane: Lane;
  readonly #place: number;
  readonly #peers: Peer[];
  /** What came before the code was there, and what came behind that. */
  readonly #early: ((entry: (depth: number) => EntryContext) => void)[] = [];
  /** How code of the entry runs; there when the code is. */
  #entry: ((depth: number) => EntryContext) | undefined;

  /** `standing` is what the native side says of the lane. */
  constructor(lane: Lane, [place = 0, lanes = 1, ...lives]: number[]) {
    this.#lane = lane;
    this.#place = place;
    this.#peers = Array.from(
      { length: lanes },
      (_, other) => new Peer(lane, other, lives[other] ?? 0),
    );
  }

  /** The lane the object lives on, unless that is this one. */
  of(id: string): Peer | undefined {
    const place = Number.parseInt(id.slice(...PLACE_DIGITS), 16) % this.#peers.length;
    const code = currentCode();
    if (code?.activation === undefined && code?.request !== undefined) {
      // The next request like this one is better sent there.
      if (place !== this.#place) this.#lane.native.requestBelongsAt(code.request, place);
      code.request = undefined;
    }
    return place === this.#place ? undefined : this.#peers[place];
  }

  /** The code is there: what came before is delivered. `entry` is how code of the entry runs. */
  begin(entry: (depth: number) => EntryContext): void {
    this.#entry = entry;
    this.#deliverEarly();
  }

  /** The lane at a place has sent something. */
  received(from: number, text: string, bytes: Uint8Array | undefined): void {
    const deliver = (entry: (depth: number) => EntryContext): void =>
      this.#peers[from]?.received(JSON.parse(text) as Message, bytes, entry);
    // Behind what came before it.
    if (this.#entry === undefined || this.#early.length > 0) this.#early.push(deliver);
    else deliver(this.#entry);
  }

  /** Delivers what came early, each in a turn of its own. */
  #deliverEarly(): void {
    if (this.#early.length === 0) return;
    this.#lane.resume(undefined, () => {
      this.#early.shift()?.(this.#entry as (depth: number) => EntryContext);
      this.#deliverEarly();
    });
  }

  /** The lane at a place has died. */
  lost(place: number, life: number): void {
    const tell = (): void => this.#peers[place]?.lost(life);
    if (this.#early.length > 0) this.#early.push(tell);
    else tell();
  }
}
