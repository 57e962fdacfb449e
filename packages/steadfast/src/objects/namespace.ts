/** Namespaces: how a worker reaches the objects of a class. */
import { fromNative } from "../errors.js";
import type { Lane } from "../lane/lane.js";
import {
  illegalConstructor,
  illegalInvocation,
  isOptions,
  tag,
  toText,
  wrongArgument,
} from "./arguments.js";
import { type DurableObjectId, isObjectId, makeId } from "./id.js";
import { type DurableObjectStub, makeStub } from "./stub.js";

export interface NewUniqueIdOptions {
  jurisdiction?: string | null;
}

export interface GetOptions {
  locationHint?: string;
  routingMode?: string;
}

/** Names whose ids are remembered, so that a hot name is hashed once. */
const NAMES_REMEMBERED = 4096;

/** Only whoever has this may make a namespace. */
const MAKER = Symbol("maker");

let isNamespace: (value: unknown) => value is DurableObjectNamespace;

export class DurableObjectNamespace {
  readonly #lane: Lane;
  readonly #number: number;
  readonly #named = new Map<string, string>();

  static {
    isNamespace = (value): value is DurableObjectNamespace =>
      typeof value === "object" && value !== null && #named in value;
  }

  /** @internal */
  constructor(lane: Lane, number: number, maker?: typeof MAKER) {
    if (maker !== MAKER) throw illegalConstructor();
    this.#lane = lane;
    this.#number = number;
  }

  newUniqueId(options?: NewUniqueIdOptions): DurableObjectId {
    if (!isNamespace(this)) throw illegalInvocation();
    if (!isOptions(options)) throw wrong("newUniqueId", 1, "NewUniqueIdOptions");
    refuseJurisdiction(options?.jurisdiction);
    return makeId(this.#lane.native.uniqueId(this.#number), undefined);
  }

  idFromName(name: string): DurableObjectId;
  idFromName(...given: unknown[]): DurableObjectId {
    if (!isNamespace(this)) throw illegalInvocation();
    if (given.length === 0) throw wrong("idFromName", 1, "string");
    const name = toText(given[0]);
    let hex = this.#named.get(name);
    if (hex === undefined) {
      hex = this.#lane.native.idFromName(this.#number, name);
      if (this.#named.size >= NAMES_REMEMBERED) this.#named.clear();
      this.#named.set(name, hex);
    }
    return makeId(hex, name);
  }

  idFromString(id: string): DurableObjectId;
  idFromString(...given: unknown[]): DurableObjectId {
    if (!isNamespace(this)) throw illegalInvocation();
    if (given.length === 0) throw wrong("idFromString", 1, "string");
    const text = toText(given[0]);
    try {
      return makeId(this.#lane.native.idFromString(this.#number, text), undefined);
    } catch (error) {
      throw fromNative(error);
    }
  }

  get(id: DurableObjectId, options?: GetOptions): DurableObjectStub {
    if (!isNamespace(this)) throw illegalInvocation();
    if (!isObjectId(id)) throw wrong("get", 1, "DurableObjectId");
    checkGetOptions("get", options);
    return makeStub(this.#lane, this.#number, id);
  }

  getByName(name: string, options?: GetOptions): DurableObjectStub;
  getByName(...given: unknown[]): DurableObjectStub {
    if (!isNamespace(this)) throw illegalInvocation();
    if (given.length === 0) throw wrong("getByName", 1, "string");
    checkGetOptions("getByName", given[1]);
    return makeStub(this.#lane, this.#number, this.idFromName(given[0] as string));
  }

  jurisdiction(jurisdiction?: string | null): DurableObjectNamespace {
    if (!isNamespace(this)) throw illegalInvocation();
    refuseJurisdiction(jurisdiction);
    return makeNamespace(this.#lane, this.#number);
  }
}

tag(DurableObjectNamespace, "DurableObjectNamespace");

/** The namespace with this number on the lane. */
export function makeNamespace(lane: Lane, number: number): DurableObjectNamespace {
  return new DurableObjectNamespace(lane, number, MAKER);
}

function wrong(method: string, position: number, type: string): TypeError {
  return wrongArgument(method, "DurableObjectNamespace", position, type);
}

function checkGetOptions(method: string, options: unknown): void {
  if (!isOptions(options)) throw wrong(method, 2, "GetDurableObjectOptions");
  const mode: unknown = (options as GetOptions | null | undefined)?.routingMode;
  if (mode !== undefined && mode !== "primary-only") {
    throw new RangeError(`unknown routingMode: ${toText(mode)}`);
  }
}

function refuseJurisdiction(jurisdiction: string | null | undefined): void {
  if (jurisdiction !== undefined && jurisdiction !== null) {
    throw new Error("Jurisdiction restrictions are not implemented in workerd.");
  }
}
