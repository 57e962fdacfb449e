/** The binding an id was made for. */
export const kObjectName = Symbol("kObjectName");

/** The identity of an object: 64 hex digits, in the namespace of one binding. */
export class DurableObjectId {
  /** The name of the binding the id belongs to: ids of one class under two bindings differ. */
  readonly [kObjectName]: string;
  readonly #hexId: string;

  constructor(
    objectName: string,
    hexId: string,
    /** What the id was made from. Not given to the object itself. */
    readonly name?: string | undefined,
  ) {
    this[kObjectName] = objectName;
    this.#hexId = hexId;
  }

  /** Whether `other` is an id with the same digits; false for anything that is no id. */
  equals(other: DurableObjectId): boolean {
    return other instanceof DurableObjectId && other.#hexId === this.#hexId;
  }

  /** The 64 digits. */
  toString(): string {
    return this.#hexId;
  }
}

/** What an object is called in storages and caches: `BINDING:<64 hex digits>`. */
export function objectKeyOf(id: DurableObjectId): string {
  return `${id[kObjectName]}:${id}`;
}

/** The object a key belongs to. The name of a binding may have colons, the digits have none. */
export function idOfObjectKey(key: string): DurableObjectId {
  const colon = key.lastIndexOf(":");
  return new DurableObjectId(key.slice(0, colon), key.slice(colon + 1));
}
