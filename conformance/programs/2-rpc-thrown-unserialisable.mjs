/*
spec: 2.6 errors, RPC rows
covers: Errors with properties that cannot cross, functions thrown, symbols thrown, errors with a cycle
object: OBJ Obj
*/
import { DurableObject } from "cloudflare:workers";
import { noting } from "./observe.mjs";

class Thing {
  a = 1;
}

function thrown() {
  const cycle = new Error("cycle");
  cycle.self = cycle;
  return {
    "function property": Object.assign(new Error("with a function"), { f: () => 1 }),
    "instance property": Object.assign(new Error("with an instance"), { thing: new Thing() }),
    "symbol property": Object.assign(new Error("with a symbol"), { s: Symbol("x") }),
    "instance cause": new Error("cause", { cause: new Thing() }),
    cycle,
    instance: new Thing(),
    symbol: Symbol("thrown"),
    function: () => 1,
    bigint: 5n,
    date: new Date(0),
    map: new Map([[1, 2]]),
  };
}

export class Obj extends DurableObject {
  async throwIt(kind) {
    throw thrown()[kind];
  }
}

export default noting(async (log, { OBJ }) => {
  const stub = OBJ.getByName("a");
  for (const kind of Object.keys(thrown())) {
    await log.try(kind, async () => {
      try {
        await stub.throwIt(kind);
      } catch (error) {
        if (error?.self === error) {
          delete error.self;
          log.note("it is in itself");
        }
        throw error;
      }
    });
  }
});
