/** Ids of objects. */

let bytesOf: (id: DurableObjectId) => Uint8Array;

/** The identity of an object within its namespace. Made by the namespace, never by user code. */
export class DurableObjectId {
  readonly #bytes: Uint8Array;
  #hex: string | undefined;
  readonly jurisdiction: string | undefined;
  /** The name it was derived from, if it was. */
  readonly name: string | undefined;

  static {
    bytesOf = (id) => id.#bytes;
  }

  /** @internal */
  constructor(bytes: Uint8Array, name: string | undefined) {
    this.jurisdiction = undefined;
    this.name = name;
    this.#bytes = bytes;
  }

  /** 64 lower-case hex digits. */
  toString(): string {
    this.#hex ??= Buffer.from(this.#bytes).toString("hex");
    return this.#hex;
  }

  /** Whether both name the same object; the name is not compared. */
  equals(other: DurableObjectId): boolean {
    if (!(other instanceof DurableObjectId)) {
      throw new TypeError(
        "Failed to execute 'equals' on 'DurableObjectId': parameter 1 is not of type 'DurableObjectId'.",
      );
    }
    return Buffer.compare(this.#bytes, other.#bytes) === 0;
  }
}

/** The 32 bytes of an id. */
export function idBytes(id: DurableObjectId): Uint8Array {
  return bytesOf(id);
}
