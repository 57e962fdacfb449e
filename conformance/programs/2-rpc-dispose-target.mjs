/*
spec: 2.5 returned RpcTarget
covers: The target's own disposer runs once, in the object, when all its stubs are disposed; also for functions and objects
object: OBJ Obj
*/
import { DurableObject, RpcTarget } from "cloudflare:workers";
import { noting, pause } from "./observe.mjs";

export class Obj extends DurableObject {
  log = [];
  target(name) {
    const { log } = this;
    return new (class extends RpcTarget {
      ping() {
        return name;
      }
      [Symbol.dispose]() {
        log.push(`${name} disposed`);
      }
    })();
  }
  two(name) {
    return { a: this.target(`${name} a`), b: this.target(`${name} b`) };
  }
  sameTwice(name) {
    const target = this.target(name);
    return [target, target];
  }
  plain(name) {
    return { n: 1, f: () => name, [Symbol.dispose]: () => this.log.push(`${name} disposed`) };
  }
  fn(name) {
    return Object.assign(() => name, { [Symbol.dispose]: () => this.log.push(`${name} disposed`) });
  }
  take(value) {
    return typeof value;
  }
  seen() {
    return this.log.splice(0);
  }
}

export default noting(async (log, { OBJ }) => {
  const stub = OBJ.getByName("a");
  const seen = async (label) => {
    await pause(5);
    log.note(label, await stub.seen());
  };
  const target = await stub.target("one");
  const dup = target.dup();
  target[Symbol.dispose]();
  await seen("one of two disposed");
  log.note("dup lives", await dup.ping());
  dup[Symbol.dispose]();
  dup[Symbol.dispose]();
  await seen("both disposed");
  const two = await stub.two("two");
  two.a[Symbol.dispose]();
  await seen("one inside");
  two[Symbol.dispose]();
  await seen("whole result");
  (await stub.sameTwice("same"))[Symbol.dispose]();
  await seen("the same target twice");
  const plain = await stub.plain("plain");
  log.note("plain", Object.keys(plain), await plain.f());
  plain[Symbol.dispose]();
  await seen("plain object");
  (await stub.fn("function"))[Symbol.dispose]();
  await seen("function");
  const promise = stub.target("never awaited");
  await promise.ping();
  promise[Symbol.dispose]();
  await seen("promise");
  await stub.target("pipelined").ping();
  log.note("done");
});
