/** Stubs: how a caller sends events to one object. */
import type { Lane } from "../lane/lane.js";
import { Fetcher, MAKER } from "../rpc/fetcher.js";
import { ObjectTarget } from "../rpc/target.js";
import { tag } from "./arguments.js";
import { type DurableObjectId, idHex } from "./id.js";

export class DurableObjectStub extends Fetcher {
  readonly name: string | undefined;
  readonly id: DurableObjectId;

  /** @internal */
  constructor(lane: Lane, namespace: number, id: DurableObjectId, maker?: typeof MAKER) {
    super(new ObjectTarget(lane, namespace, idHex(id), id.name), maker);
    this.name = id.name;
    this.id = id;
  }
}

// The class has another name for users, as in workerd.
Object.defineProperty(DurableObjectStub, "name", { value: "DurableObject" });
tag(DurableObjectStub, "DurableObject");

/** A stub for the object with this id; nothing is sent. */
export function makeStub(lane: Lane, namespace: number, id: DurableObjectId): DurableObjectStub {
  return new DurableObjectStub(lane, namespace, id, MAKER);
}
