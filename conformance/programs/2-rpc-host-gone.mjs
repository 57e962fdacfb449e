/*
spec: 2.6 flags
covers: Stub of a function, of an RpcTarget and of an object's method after its host was reset
object: OBJ Obj
*/
import { DurableObject, RpcTarget } from "cloudflare:workers";
import { noting } from "./observe.mjs";

class Target extends RpcTarget {
  ping() {
    return "pong of the target";
  }
}

export class Obj extends DurableObject {
  target() {
    return new Target();
  }
  fn() {
    return () => "called";
  }
  ping() {
    return "pong";
  }
  abort() {
    this.ctx.abort("gone");
  }
}

export default noting(async (log, { OBJ }) => {
  const stub = OBJ.getByName("a");
  const [target, fn] = [await stub.target(), await stub.fn()];
  log.note("before", await target.ping(), await fn());
  await log.try("abort", () => stub.abort());
  await log.try("target", () => target.ping());
  await log.try("property of the target", () => target.value);
  await log.try("function", () => fn());
  await log.try("new activation", () => OBJ.getByName("a").ping());
  await log.try("target again", () => target.ping());
});
