import { createHash, randomFillSync } from "node:crypto";
import type { PluginContext } from "@miniflare/shared";
import { DurableObjectId, kObjectName } from "./id";
import type { DurableObjectState } from "./state";
import { DurableObjectStub } from "./stub";

/** Finds or makes the state of an object. */
export type DurableObjectFactory = (id: DurableObjectId) => Promise<DurableObjectState>;

/** Options of {@link DurableObjectNamespace.newUniqueId}. */
export interface NewUniqueIdOptions {
  /** `"eu"` and `"fedramp"` are accepted, and make no difference here. */
  jurisdiction?: string;
}

/** The objects of one binding, as a Worker's `env` has them. */
export class DurableObjectNamespace {
  readonly #objectName: string;
  readonly #factory: DurableObjectFactory;
  readonly #ctx: PluginContext | undefined;
  /** The last bytes of every id here: they tell ids of different bindings apart. */
  readonly #suffix: Buffer;
  readonly #suffixHex: string;

  constructor(objectName: string, factory: DurableObjectFactory, ctx?: PluginContext) {
    this.#objectName = objectName;
    this.#factory = factory;
    this.#ctx = ctx;
    this.#suffix = sha256(objectName).subarray(0, ID_BYTES - SUFFIX_START);
    this.#suffixHex = this.#suffix.toString("hex");
  }

  /** The same namespace: a jurisdiction makes no difference on one machine. */
  jurisdiction(name: string): DurableObjectNamespace {
    requireJurisdiction("jurisdiction", name);
    return this;
  }

  /** An id that no other call returns: it has the time and 15 random bytes. */
  newUniqueId(options?: NewUniqueIdOptions): DurableObjectId {
    requireJurisdiction("newUniqueId", options?.jurisdiction);
    const bytes = Buffer.alloc(ID_BYTES);
    bytes.writeBigUInt64BE(BigInt(Date.now()), TIME_START);
    randomFillSync(bytes, RANDOM_START, SUFFIX_START - RANDOM_START);
    return this.#idOf(bytes);
  }

  /** The id of a name, the same each time. */
  idFromName(name: string): DurableObjectId {
    const bytes = sha256(this.#objectName, name);
    bytes.writeUInt8(bytes.readUInt8(0) | NAMED_BIT, 0);
    return this.#idOf(bytes, name);
  }

  /** The id with these digits, which must be of an id of this namespace. */
  idFromString(hexId: string): DurableObjectId {
    if (!ID_DIGITS.test(hexId)) {
      throw new TypeError("Invalid Durable Object ID. Durable Object IDs must be 64 hex digits.");
    }
    if (!hexId.endsWith(this.#suffixHex)) {
      throw new TypeError(
        "Invalid Durable Object ID. The ID does not match this Durable Object class.",
      );
    }
    return new DurableObjectId(this.#objectName, hexId.toLowerCase());
  }

  /** A stub for an object, which is made when it is first called. */
  get(id: DurableObjectId): DurableObjectStub {
    if (id[kObjectName] !== this.#objectName || !id.toString().endsWith(this.#suffixHex)) {
      throw new TypeError("ID is not for this Durable Object class.");
    }
    return new DurableObjectStub(this.#factory, id, this.#ctx);
  }

  #idOf(bytes: Buffer, name?: string): DurableObjectId {
    this.#suffix.copy(bytes, SUFFIX_START);
    return new DurableObjectId(this.#objectName, bytes.toString("hex"), name);
  }
}

function sha256(...texts: string[]): Buffer {
  const hash = createHash("sha256");
  for (const text of texts) hash.update(text);
  return hash.digest();
}

function requireJurisdiction(method: string, name: string | undefined): void {
  if (name === undefined || JURISDICTIONS.includes(name)) return;
  throw new TypeError(`${method} called with an unsupported jurisdiction: "${name}"`);
}

const JURISDICTIONS = ["eu", "fedramp"];
const ID_DIGITS = /^[A-Fa-f0-9]{64}$/;

/** An id's bytes: a first one of flags, for a unique id the time and chance, then the binding's own. */
const ID_BYTES = 32;
const TIME_START = 1;
const RANDOM_START = 9;
const SUFFIX_START = 24;
/** Set in the first byte of ids made from names. */
const NAMED_BIT = 0x80;
