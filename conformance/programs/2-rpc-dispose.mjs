/*
spec: 2.5 disposal
covers: Results that are objects or stubs have a hidden disposer; after it calls fail; twice is fine; promises too
object: OBJ Obj
*/
import { DurableObject, RpcTarget } from "cloudflare:workers";
import { noting } from "./observe.mjs";

class Target extends RpcTarget {
  ping() {
    return "pong";
  }
}

export class Obj extends DurableObject {
  target() {
    return new Target();
  }
  several() {
    return { a: new Target(), deep: [{ b: () => "b" }], n: 1 };
  }
  copy() {
    return { a: 1 };
  }
  list() {
    return [1];
  }
  text() {
    return "text";
  }
  nothing() {
    return null;
  }
}

export default noting(async (log, { OBJ }) => {
  const stub = OBJ.getByName("a");
  for (const name of ["target", "several", "copy", "list", "text", "nothing"]) {
    const value = await stub[name]();
    const kind = value === null ? "undefined" : typeof value[Symbol.dispose];
    log.note(`disposer of ${name}`, kind);
    if (kind === "function" && name !== "target")
      log.note(
        "hidden",
        Object.getOwnPropertyDescriptor(value, Symbol.dispose)?.enumerable,
        Object.keys(value),
      );
  }
  const target = await stub.target();
  log.note("before", await target.ping());
  target[Symbol.dispose]();
  await log.try("after", () => target.ping());
  await log.try("property after", () => target.value);
  await log.try("twice", () => target[Symbol.dispose]());
  const { a, deep, ...several } = await stub.several();
  const all = await stub.several();
  log.note("before", await all.a.ping(), await all.deep[0].b());
  all[Symbol.dispose]();
  await log.try("inside after", () => all.a.ping());
  await log.try("deep inside after", () => all.deep[0].b());
  log.note("others live", await a.ping(), await deep[0].b(), several.n);
  await log.try("twice", () => all[Symbol.dispose]());
  const promise = stub.target();
  log.note("promise", typeof promise[Symbol.dispose]);
  const pipelined = promise.ping();
  promise[Symbol.dispose]();
  await log.try("begun before", () => pipelined);
  await log.try("begun after", () => promise.ping());
  await log.try("disposed and awaited", async () => typeof (await promise));
});
