/*
spec: 2.5 new RpcStub
covers: What an RpcStub can wrap; its calls are asynchronous, its values copies; its disposer
object: OBJ Obj
*/
import { DurableObject, RpcPromise, RpcProperty, RpcStub, RpcTarget } from "cloudflare:workers";
import { noting } from "./observe.mjs";

class Target extends RpcTarget {
  seen = [];
  note(value) {
    this.seen.push(value);
    return { value };
  }
  get last() {
    return this.seen.at(-1);
  }
  [Symbol.dispose]() {
    this.seen.push("disposed");
  }
}

export class Obj extends DurableObject {
  async use(stub) {
    return stub.note("from the object");
  }
}

export default noting(async (log, { OBJ }) => {
  const target = new Target();
  const stub = new RpcStub(target);
  log.note(
    "kind",
    typeof stub,
    stub instanceof RpcStub,
    stub.constructor.name,
    Object.prototype.toString.call(stub),
  );
  const call = stub.note("first");
  log.note("at once", target.seen.length, call instanceof RpcPromise);
  log.note("then", await call, target.seen);
  const given = { mutable: 1 };
  const sent = stub.note(given);
  given.mutable = 2;
  log.note("copy", await sent, (await stub.last) === given);
  log.note("property", stub.last instanceof RpcProperty, await stub.last);
  await log.try("hidden", () => stub.seen);
  await log.try("missing", () => stub.nope());
  log.note("passed", await OBJ.getByName("a").use(stub), target.seen.at(-1));
  stub[Symbol.dispose]();
  await log.try("after", () => stub.note("late"));
  log.note(
    "seen",
    target.seen.filter((value) => typeof value === "string"),
  );
  const f = new RpcStub((x) => x + 1);
  await log.try("function", () => f(1));
  const plain = new RpcStub({ a: 1, b: { c: () => "c" } });
  await log.try("plain a", () => plain.a);
  await log.try("plain c", () => plain.b.c());
  await log.try("plain as function", () => plain());
  for (const [name, value] of [
    ["number", 5],
    ["string", "x"],
    ["null", null],
    ["undefined", undefined],
    ["array", []],
    ["date", new Date(0)],
    ["instance", new (class Mine {})()],
    ["map", new Map()],
    ["stub", OBJ.getByName("b")],
    ["headers", new Headers()],
  ])
    log.attempt(name, () => new RpcStub(value).constructor.name);
  log.attempt("without new", () => RpcStub({}));
  log.attempt("new RpcPromise", () => new RpcPromise());
  log.attempt("new RpcProperty", () => new RpcProperty());
  log.attempt("new RpcTarget", () => Object.keys(new RpcTarget()));
});
