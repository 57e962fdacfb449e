/** Ids of objects. */
import { illegalConstructor, illegalInvocation, tag, wrongArgument } from "./arguments.js";

/** Only whoever has this may make an id. */
const MAKER = Symbol("maker");

let bytesOf: (id: DurableObjectId) => Uint8Array;
/** Whether `value` is an id. */
export let isObjectId: (value: unknown) => value is DurableObjectId;

/** The identity of an object within its namespace. Made by the namespace, never by user code. */
export class DurableObjectId {
  readonly #bytes: Uint8Array;
  #hex: string | undefined;
  readonly jurisdiction: string | undefined;
  /** The name it was derived from, if it was. */
  readonly name: string | undefined;

  static {
    bytesOf = (id) => id.#bytes;
    isObjectId = (value): value is DurableObjectId =>
      typeof value === "object" && value !== null && #bytes in value;
  }

  /** @internal */
  constructor(bytes: Uint8Array, name: string | undefined, maker?: typeof MAKER) {
    if (maker !== MAKER) throw illegalConstructor();
    this.jurisdiction = undefined;
    this.name = name;
    this.#bytes = bytes;
  }

  /** 64 lower-case hex digits. */
  toString(): string {
    if (!isObjectId(this)) throw illegalInvocation();
    this.#hex ??= Buffer.from(this.#bytes).toString("hex");
    return this.#hex;
  }

  /** Whether both name the same object; the name is not compared. */
  equals(other: DurableObjectId): boolean {
    if (!isObjectId(this)) throw illegalInvocation();
    if (!isObjectId(other)) {
      throw wrongArgument("equals", "DurableObjectId", 1, "DurableObjectId");
    }
    return Buffer.compare(this.#bytes, other.#bytes) === 0;
  }
}

tag(DurableObjectId, "DurableObjectId");

/** The id with these 32 bytes. */
export function makeId(bytes: Uint8Array, name: string | undefined): DurableObjectId {
  return new DurableObjectId(bytes, name, MAKER);
}

/** The 32 bytes of an id. */
export function idBytes(id: DurableObjectId): Uint8Array {
  return bytesOf(id);
}
