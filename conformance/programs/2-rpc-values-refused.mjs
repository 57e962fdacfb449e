/*
spec: 2.4 DataCloneError
covers: Values that cannot cross, as arguments (local, no remote flag) and as results (remote)
object: OBJ Obj
*/
import { DurableObject } from "cloudflare:workers";
import { noting } from "./observe.mjs";

class Thing {
  a = 1;
}
class SubMap extends Map {}

function values(env, ctx) {
  return {
    instance: () => new Thing(),
    "inside an object": () => ({ a: [new Thing()] }),
    "null prototype": () => Object.create(null),
    "own prototype": () => Object.create({ inherited: 1 }),
    namespace: () => env.OBJ,
    id: () => env.OBJ.idFromName("x"),
    URL: () => new URL("http://x/"),
    URLSearchParams: () => new URLSearchParams("a=b"),
    FormData: () => new FormData(),
    symbol: () => Symbol("x"),
    "well-known symbol": () => Symbol.iterator,
    "promise inside": () => ({ p: Promise.resolve(1) }),
    WeakMap: () => new WeakMap(),
    WeakRef: () => new WeakRef({}),
    env: () => env,
    ctx: () => ctx,
    TextEncoder: () => new TextEncoder(),
    AbortController: () => new AbortController(),
    AbortSignal: () => new AbortController().signal,
    Event: () => new Event("x"),
    EventTarget: () => new EventTarget(),
    generator: () => (function* () {})(),
    "subclass of Map": () => new SubMap([[1, 2]]),
    "subclass of Array": () => new (class Mine extends Array {})(2),
    globalThis: () => globalThis.Math,
  };
}

export class Obj extends DurableObject {
  seen(value) {
    return value?.constructor?.name ?? "?";
  }
  make(name) {
    return values(this.env, this.ctx)[name]();
  }
}

export default noting(async (log, env, ctx) => {
  const stub = env.OBJ.getByName("a");
  for (const [name, make] of Object.entries(values(env, ctx))) {
    await log.try(`argument ${name}`, () => stub.seen(make()));
    await log.try(`result ${name}`, () => stub.make(name));
  }
  await log.try("still works", () => stub.seen(1));
});
