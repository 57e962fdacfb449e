/*
spec: 2.4 by copy
covers: Mutating an argument after the call, a result, or what the object keeps does not reach the other side; cycles and repeats
object: OBJ Obj
*/
import { DurableObject } from "cloudflare:workers";
import { noting } from "./observe.mjs";

export class Obj extends DurableObject {
  kept = { list: [1] };
  async seen(value) {
    await null;
    const before = JSON.stringify(value);
    value.a = "changed by the object";
    return before;
  }
  get() {
    return this.kept;
  }
  grow() {
    this.kept.list.push(2);
  }
  shape(value) {
    return [value.self === value, value.x === value.y];
  }
  make() {
    const shared = { s: 1 };
    const value = { x: shared, y: shared };
    value.self = value;
    return value;
  }
  two(a, b) {
    return a === b;
  }
}

export default noting(async (log, { OBJ }) => {
  const stub = OBJ.getByName("a");
  const value = { a: 1 };
  const pending = stub.seen(value);
  value.a = 2;
  log.note("argument", await pending, value);
  const first = await stub.get();
  first.list.push("mine");
  await stub.grow();
  log.note("result", first, await stub.get());
  const shared = {};
  const cyclic = { x: shared, y: shared };
  cyclic.self = cyclic;
  log.note("cycle in", await stub.shape(cyclic));
  const out = await stub.make();
  log.note("cycle out", out.self === out, out.x === out.y);
  log.note("two arguments", await stub.two(shared, shared));
});
