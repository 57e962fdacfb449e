/** Values as they cross between contexts, and back. */
import type { Context } from "../lane/context.js";
import type { Lane } from "../lane/lane.js";
import { ValueSerializer } from "../objects/host-objects.js";
import { discard } from "./capability.js";
import { Decoder } from "./decoder.js";
import { Encoder } from "./encoder.js";
import type { Payload } from "./event.js";
import { Hosted } from "./hosted.js";
import { copySmall, NOT_SMALL } from "./small.js";
import type { StubTarget } from "./target.js";

/** Where a value is encoded or decoded: the context that runs now. */
export interface Side {
  readonly lane: Lane;
  readonly context: Context | undefined;
}

/** What came with a value and ends with it: stubs, and the disposer of a result. */
export type Received = { dispose(): void }[];

/** The most that the arguments of a call, or its result, may be. */
const PAYLOAD_BYTES_MAX = 32 * 1024 * 1024;

/** Arguments as they leave their caller. Its stubs stay its own, or move, as the compatibility date says. */
export function encodeArguments(side: Side, args: unknown[]): Payload {
  return encode(side, args, side.lane.compatibility.paramsDupStubs ? "keep" : "move");
}

/** What a method returned, as it leaves the callee; stubs in it go to the caller. */
export function encodeResult(side: Side, result: unknown): Payload {
  return encode(side, result, "move");
}

/** Arguments as the callee gets them. To be called once; `received` takes what the call ends with. */
export function decodeArguments(payload: Payload, side: Side, received: Received): unknown[] {
  return decode(payload, side, received) as unknown[];
}

/** A result as the caller gets it; an object has a disposer for everything in it. To be called once. */
export function decodeResult(payload: Payload, side: Side, received: Received): unknown {
  const result = decode(payload, side, received);
  for (const { kind, target } of payload.capabilities as { kind: string; target: StubTarget }[]) {
    if (kind === "disposer") received.push(once(() => target.release()));
  }
  if (typeof result === "object" && result !== null) {
    const disposer = received.length === 0 ? NOTHING_TO_DISPOSE : disposerOf(received);
    Object.defineProperty(result, Symbol.dispose, disposer);
  }
  return result;
}

/** The bytes of a payload, also of one that had none: for a thread that shares no memory. */
export function bytesOf(payload: Payload): Uint8Array {
  if (payload.bytes !== undefined) return payload.bytes;
  const serializer = new ValueSerializer();
  serializer.writeHeader();
  serializer.writeValue(payload.plain);
  return serializer.releaseBuffer();
}

function encode(side: Side, value: unknown, stubs: "keep" | "move"): Payload {
  const plain = isDisposable(value) ? NOT_SMALL : copySmall(value);
  if (plain !== NOT_SMALL) return { bytes: undefined, plain, capabilities: NONE };
  const encoder = new Encoder(side, stubs);
  try {
    const bytes = encoder.encode(value);
    if (bytes.length > PAYLOAD_BYTES_MAX) throw new Error(tooLarge(bytes.length));
    if (encoder.isCopied(value) && isDisposable(value)) {
      const target = new Hosted(side.lane, value);
      target.retain();
      encoder.capabilities.push({ kind: "disposer", target });
    }
    encoder.finish();
    return { bytes, plain: undefined, capabilities: encoder.capabilities };
  } catch (error) {
    discard({ bytes: undefined, plain: undefined, capabilities: encoder.capabilities });
    throw error;
  }
}

function decode(payload: Payload, side: Side, received: Received): unknown {
  if (payload.bytes === undefined) return payload.plain;
  return new Decoder(payload, side, received).decode();
}

function isDisposable(value: unknown): boolean {
  return typeof value === "object" && value !== null && Symbol.dispose in value;
}

function disposerOf(received: Received): PropertyDescriptor {
  const value = (): void => {
    for (const each of received) each.dispose();
  };
  return { value, writable: true, configurable: true };
}

const NOTHING_TO_DISPOSE = disposerOf([]);

function once(end: () => void): { dispose(): void } {
  let open = true;
  return {
    dispose() {
      if (open) end();
      open = false;
    },
  };
}

function tooLarge(bytes: number): string {
  return (
    "Serialized RPC arguments or return values are limited to 32MiB, " +
    `but the size of this value was: ${bytes} bytes.`
  );
}

const NONE: readonly never[] = [];
