/*
spec: 2.5 dup
covers: dup of targets, functions, properties and promises; each is disposed on its own
object: OBJ Obj
*/
import { DurableObject, RpcTarget } from "cloudflare:workers";
import { noting } from "./observe.mjs";

class Target extends RpcTarget {
  count = 0;
  up() {
    return ++this.count;
  }
}

export class Obj extends DurableObject {
  target() {
    return new Target();
  }
  fn() {
    return () => "called";
  }
  up() {
    return "up";
  }
}

export default noting(async (log, { OBJ }) => {
  const stub = OBJ.getByName("a");
  const one = await stub.target();
  const two = one.dup();
  log.note("kind", two.constructor.name, two === one, typeof two);
  log.note("one state", await one.up(), await two.up());
  one[Symbol.dispose]();
  await log.try("first", () => one.up());
  await log.try("second", () => two.up());
  const three = two.dup();
  two[Symbol.dispose]();
  await log.try("third", () => three.up());
  const f = await stub.fn();
  const g = f.dup();
  f[Symbol.dispose]();
  await log.try("function", () => g());
  await log.try("disposed function", () => f());
  log.note("of a stub", typeof stub.dup, typeof stub.up.dup);
});
