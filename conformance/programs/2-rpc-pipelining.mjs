/*
spec: 2.3 pipelining
covers: Members of a call's result before it resolves: plain objects, nested functions, RpcTargets, stubs, properties
object: OBJ Obj
*/
import { DurableObject, RpcTarget } from "cloudflare:workers";
import { noting } from "./observe.mjs";

class Counter extends RpcTarget {
  #value;
  constructor(value = 0) {
    super();
    this.#value = value;
  }
  increment(by = 1) {
    this.#value += by;
    return this.#value;
  }
  get value() {
    return this.#value;
  }
  child() {
    return new Counter(this.#value * 10);
  }
}

export class Obj extends DurableObject {
  a() {
    return { b: { c: (x) => x + 1, value: 5 }, list: [1, { deep: "in the list" }] };
  }
  counter(value) {
    return new Counter(value);
  }
  async slowCounter() {
    await new Promise((resolve) => setTimeout(resolve, 5));
    return new Counter(100);
  }
  fn() {
    return (x) => ({ twice: x * 2, add: (y) => x + y });
  }
  other(name) {
    return this.env.OBJ.getByName(name);
  }
  who() {
    return this.ctx.id.name;
  }
  take(value) {
    return value;
  }
}

export default noting(async (log, { OBJ }) => {
  const stub = OBJ.getByName("a");
  await log.try("a().b.c(1)", () => stub.a().b.c(1));
  await log.try("a().b.value", () => stub.a().b.value);
  await log.try("a().list", () => stub.a().list);
  await log.try("counter().increment()", () => stub.counter(5).increment());
  await log.try("counter().value", () => stub.counter(6).value);
  await log.try("slowCounter().child().increment(7)", () =>
    stub.slowCounter().child().increment(7),
  );
  await log.try("counter().child().child().value", () => stub.counter(2).child().child().value);
  const counter = stub.counter(0);
  log.note(
    "in order",
    await Promise.all([counter.increment(), counter.increment(), counter.increment()]),
  );
  await log.try("fn()(4).twice", () => stub.fn()(4).twice);
  await log.try("fn()(4).add(5)", () => stub.fn()(4).add(5));
  await log.try("other().who()", () => stub.other("b").who());
  await log.try("a promise as an argument", () => stub.take(stub.counter(3)));
  const promise = stub.a();
  await log.try("then the value", () => promise.b.value);
  const value = await promise;
  log.note("awaited", Object.keys(value), value.b.value, typeof value.b.c);
  await log.try("the promise again", () => promise.b.c(10));
});
