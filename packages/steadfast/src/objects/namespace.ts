/** Namespaces: how a worker reaches the objects of a class. */
import { fromNative } from "../errors.js";
import type { Lane } from "../lane/lane.js";
import { DurableObjectId } from "./id.js";
import { DurableObjectStub } from "./stub.js";

export interface NewUniqueIdOptions {
  jurisdiction?: string | null;
}

export interface GetOptions {
  locationHint?: string;
  routingMode?: string;
}

/** Names whose ids are remembered, so that a hot name is hashed once. */
const NAMES_REMEMBERED = 4096;

export class DurableObjectNamespace {
  readonly #lane: Lane;
  readonly #number: number;
  readonly #named = new Map<string, Uint8Array>();

  /** @internal */
  constructor(lane: Lane, number: number) {
    this.#lane = lane;
    this.#number = number;
  }

  newUniqueId(options?: NewUniqueIdOptions): DurableObjectId {
    refuseJurisdiction(options?.jurisdiction);
    return new DurableObjectId(this.#lane.native.uniqueId(this.#number), undefined);
  }

  idFromName(name: string): DurableObjectId {
    const text = String(name);
    let bytes = this.#named.get(text);
    if (bytes === undefined) {
      bytes = this.#lane.native.idFromName(this.#number, text);
      if (this.#named.size >= NAMES_REMEMBERED) this.#named.clear();
      this.#named.set(text, bytes);
    }
    return new DurableObjectId(bytes, text);
  }

  idFromString(id: string): DurableObjectId {
    try {
      const bytes = this.#lane.native.idFromString(this.#number, String(id));
      return new DurableObjectId(bytes, undefined);
    } catch (error) {
      throw fromNative(error);
    }
  }

  get(id: DurableObjectId, options?: GetOptions): DurableObjectStub {
    if (!(id instanceof DurableObjectId)) {
      throw new TypeError(
        "Failed to execute 'get' on 'DurableObjectNamespace': parameter 1 is not of type 'DurableObjectId'.",
      );
    }
    const mode = options?.routingMode;
    if (mode !== undefined && mode !== "primary-only") {
      throw new RangeError(`unknown routingMode: ${mode}`);
    }
    return new DurableObjectStub(this.#lane, this.#number, id);
  }

  getByName(name: string, options?: GetOptions): DurableObjectStub {
    return this.get(this.idFromName(name), options);
  }

  jurisdiction(jurisdiction?: string | null): DurableObjectNamespace {
    refuseJurisdiction(jurisdiction);
    return new DurableObjectNamespace(this.#lane, this.#number);
  }
}

function refuseJurisdiction(jurisdiction: string | null | undefined): void {
  if (jurisdiction !== undefined && jurisdiction !== null) {
    throw new Error("Jurisdiction restrictions are not implemented in workerd.");
  }
}
