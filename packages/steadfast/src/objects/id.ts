/** Ids of objects. */
import { illegalConstructor, illegalInvocation, tag, wrongArgument } from "./arguments.js";

/** Only whoever has this may make an id. */
const MAKER = Symbol("maker");

let hexOf: (id: DurableObjectId) => string;
/** Whether `value` is an id. */
export let isObjectId: (value: unknown) => value is DurableObjectId;

/** The identity of an object within its namespace. Made by the namespace, never by user code. */
export class DurableObjectId {
  readonly #hex: string;
  readonly jurisdiction: string | undefined;
  /** The name it was derived from, if it was. */
  readonly name: string | undefined;

  static {
    hexOf = (id) => id.#hex;
    isObjectId = (value): value is DurableObjectId =>
      typeof value === "object" && value !== null && #hex in value;
  }

  /** @internal */
  constructor(hex: string, name: string | undefined, maker?: typeof MAKER) {
    if (maker !== MAKER) throw illegalConstructor();
    this.jurisdiction = undefined;
    this.name = name;
    this.#hex = hex;
  }

  /** 64 lower-case hex digits. */
  toString(): string {
    if (!isObjectId(this)) throw illegalInvocation();
    return this.#hex;
  }

  /** Whether both name the same object; the name is not compared. */
  equals(other: DurableObjectId): boolean {
    if (!isObjectId(this)) throw illegalInvocation();
    if (!isObjectId(other)) {
      throw wrongArgument("equals", "DurableObjectId", 1, "DurableObjectId");
    }
    return this.#hex === other.#hex;
  }
}

tag(DurableObjectId, "DurableObjectId");

/** The id with these 64 hex digits. */
export function makeId(hex: string, name: string | undefined): DurableObjectId {
  return new DurableObjectId(hex, name, MAKER);
}

/** The 64 hex digits of an id, whatever user code has done to its `toString`. */
export function idHex(id: DurableObjectId): string {
  return hexOf(id);
}
