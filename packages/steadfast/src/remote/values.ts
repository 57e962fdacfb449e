/**
 * Values between two lanes. What cannot be copied stays where it is under a number, and is called there;
 * what was lent comes home as itself.
 */
import type { Lane } from "../lane/lane.js";
import { dataCloneError } from "../objects/host-objects.js";
import { decode, encode } from "../objects/values.js";
import { type Capability, HOST_GONE } from "../rpc/capability.js";
import type { Payload } from "../rpc/event.js";
import { receiveReadable, receiveWritable } from "../rpc/streams.js";
import { ObjectTarget, type StubTarget, type Target } from "../rpc/target.js";
import type { CapabilityPart, ValuePart } from "./message.js";
import { RemoteTarget, type Way } from "./remote-target.js";
import type { Streams } from "./streams.js";

/** Bytes of a message, which may have to be read first. */
export type PartBytes = Uint8Array | Promise<Uint8Array> | undefined;

export class Values {
  readonly #lane: Lane;
  readonly #way: Way;
  readonly #streams: Streams;
  /** What the other lane may call, by number. */
  readonly #exported = new Map<number, Target>();
  #last = 0;

  constructor(lane: Lane, way: Way, streams: Streams) {
    this.#lane = lane;
    this.#way = way;
    this.#streams = streams;
  }

  /** What the other lane calls under this number. */
  exported(number: number): Target | undefined {
    return this.#exported.get(number);
  }

  /** The other lane holds it no more. */
  released(number: number): void {
    const target = this.#exported.get(number);
    this.#exported.delete(number);
    if (target !== undefined && isHeld(target)) target.release();
  }

  /** The other lane has died, and holds nothing. */
  lost(): void {
    for (const number of [...this.#exported.keys()]) this.released(number);
  }

  /** A value, and the bytes it needs; its capabilities are the message's from now on. */
  pack({ bytes, plain, capabilities }: Payload): [ValuePart, PartBytes] {
    if (bytes === undefined) {
      return isJson(plain) ? [[plain], undefined] : [1, encode({ plain }) as Uint8Array];
    }
    if (capabilities.length === 0) return [0, bytes];
    const parts = capabilities.map((each) => this.#give(each));
    const blobs = capabilities.flatMap((each) => (each.kind === "blob" ? [each.blob] : []));
    const part = { length: bytes.length, capabilities: parts };
    return [part, blobs.length === 0 ? bytes : joined(bytes, blobs)];
  }

  /** The value again, as the other lane's payload. */
  unpack(part: ValuePart, bytes: Uint8Array | undefined): Payload {
    if (part === 0) return { bytes, plain: undefined, capabilities: NONE };
    if (part === 1) {
      const { plain } = decode(bytes ?? null) as { plain: unknown };
      return { bytes: undefined, plain, capabilities: NONE };
    }
    if (Array.isArray(part)) return { bytes: undefined, plain: part[0], capabilities: NONE };
    const all = bytes ?? new Uint8Array();
    let at = part.length;
    const capabilities = part.capabilities.map((each): Capability => {
      if (each[0] !== "blob") return this.#take(each);
      const [, type, size] = each;
      at += size;
      return { kind: "blob", blob: new Blob([all.slice(at - size, at)], { type }) };
    });
    return { bytes: all.subarray(0, part.length), plain: undefined, capabilities };
  }

  #give(capability: Capability): CapabilityPart {
    switch (capability.kind) {
      case "stub":
      case "disposer":
        return this.#giveHeld(capability.kind, capability.target);
      case "fetcher":
        return this.#giveFetcher(capability.target);
      case "readable": {
        const { reader, from } = capability;
        const stream = receiveReadable(this.#lane, reader, from, undefined);
        return ["readable", this.#streams.give(stream)];
      }
      case "writable": {
        const { writer, from } = capability;
        const stream = receiveWritable(this.#lane, writer, from, undefined);
        return ["writable", this.#streams.giveWritable(stream)];
      }
      case "blob":
        return ["blob", capability.blob.type, capability.blob.size];
    }
  }

  #giveHeld(kind: "stub" | "disposer", target: StubTarget): CapabilityPart {
    if (!this.#isTheirs(target)) return [kind, 0, this.#export(target)];
    // After the message, so that it is held there all the time.
    this.#lane.resume(undefined, () => target.release());
    return [kind, 1, target.exported];
  }

  #giveFetcher(target: Target): CapabilityPart {
    if (target instanceof ObjectTarget) {
      return ["object", target.namespace, target.id, target.name ?? null];
    }
    return this.#isTheirs(target)
      ? ["fetcher", 1, target.exported]
      : ["fetcher", 0, this.#export(target)];
  }

  /** Whether the other lane hosts it. */
  #isTheirs(target: Target): target is RemoteTarget {
    return target instanceof RemoteTarget && target.way === this.#way;
  }

  #export(target: Target): number {
    this.#last += 1;
    this.#exported.set(this.#last, target);
    return this.#last;
  }

  #take(part: Exclude<CapabilityPart, ["blob", ...unknown[]]>): Capability {
    switch (part[0]) {
      case "stub":
      case "disposer":
        return { kind: part[0], target: this.#takeHeld(part[1], part[2]) };
      case "fetcher":
        return { kind: "fetcher", target: this.#takeTarget(part[1], part[2]) };
      case "object": {
        const [, namespace, id, name] = part;
        const target = new ObjectTarget(this.#lane, namespace, id, name ?? undefined);
        return { kind: "fetcher", target };
      }
      case "readable": {
        const reader = this.#streams.take(part[1]).getReader();
        return { kind: "readable", reader, from: undefined };
      }
      case "writable": {
        const writer = this.#streams.takeWritable(part[1]).getWriter();
        return { kind: "writable", writer, from: undefined };
      }
    }
  }

  #takeHeld(isOurs: 0 | 1, number: number): StubTarget {
    const target = this.#takeTarget(isOurs, number);
    if (!isHeld(target)) throw dataCloneError(HOST_GONE);
    if (isOurs === 1) target.retain();
    return target;
  }

  #takeTarget(isOurs: 0 | 1, number: number): Target {
    if (isOurs === 0) return new RemoteTarget(this.#way, number);
    const target = this.#exported.get(number);
    if (target === undefined) throw dataCloneError(HOST_GONE);
    return target;
  }
}

function isHeld(target: Target): target is StubTarget {
  return "release" in target;
}

async function joined(bytes: Uint8Array, blobs: readonly Blob[]): Promise<Uint8Array> {
  return new Uint8Array(await new Blob([bytes, ...blobs]).arrayBuffer());
}

/** Whether JSON says the value as it is. */
function isJson(value: unknown): boolean {
  switch (typeof value) {
    case "string":
    case "boolean":
      return true;
    case "number":
      return Number.isFinite(value) && !Object.is(value, -0);
    case "object":
      if (value === null) return true;
      return (Array.isArray(value) ? value : Object.values(value)).every(isJson);
    default:
      return false;
  }
}

const NONE: readonly never[] = [];
