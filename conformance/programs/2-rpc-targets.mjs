/*
spec: 2.3, 2.4 RpcTarget
covers: RpcTarget as result and argument: methods, getters, inheritance, hidden fields, reserved names, state that is shared
object: OBJ Obj
*/
import { DurableObject, RpcTarget } from "cloudflare:workers";
import { noting } from "./observe.mjs";

class Base extends RpcTarget {
  inherited() {
    return "inherited";
  }
}

class Target extends Base {
  field = "hidden";
  count = 0;
  increment() {
    return ++this.count;
  }
  get value() {
    return this.count;
  }
  fetch() {
    return "fetch is an ordinary name here";
  }
  alarm() {
    return "alarm too";
  }
  self() {
    return this;
  }
  same(other) {
    return other === this;
  }
  static fixed() {}
}

export class Obj extends DurableObject {
  shared = new Target();
  fresh() {
    return new Target();
  }
  kept() {
    return this.shared;
  }
  get target() {
    return this.shared;
  }
  several() {
    return { a: new Target(), list: [new Target(), this.shared] };
  }
  isTarget(value) {
    return [value instanceof Target, value === this.shared, value.constructor.name];
  }
  async use(target) {
    return [await target.increment(), await target.value, await target.inherited()];
  }
}

export default noting(async (log, { OBJ }) => {
  const stub = OBJ.getByName("a");
  const target = await stub.fresh();
  log.note(
    "kind",
    typeof target,
    target instanceof RpcTarget,
    target.constructor.name,
    Object.keys(target),
  );
  log.note("counts", await target.increment(), await target.increment(), await target.value);
  for (const name of ["inherited", "fetch", "alarm"]) await log.try(name, () => target[name]());
  for (const name of ["field", "count", "fixed", "nope", "constructor"])
    await log.try(name, async () => {
      const value = target[name];
      return name === "constructor" ? value.name : value;
    });
  await log.try("dup", async () => (await target.dup()).constructor.name);
  await log.try("self", async () => (await (await target.self()).self()).value);
  const [one, two] = [await stub.kept(), await stub.target];
  log.note("shared", await one.increment(), await two.increment(), await one.value);
  const { a, list } = await stub.several();
  log.note("inside", await a.increment(), await list[0].increment(), await list[1].increment());
  const mine = new Target();
  log.note("as argument", await stub.use(mine), mine.count);
  await log.try("sent back, seen there", () => stub.isTarget(one));
  await log.try("same", () => one.same(one));
  await log.try("fetch through a target", () => stub.kept().fetch("x"));
});
