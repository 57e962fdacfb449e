/*
spec: 2.5 arguments, caller side
covers: Before 2026-01-20 a stub that is sent is consumed
date: 2026-01-19
object: OBJ Obj
*/
import { DurableObject, RpcStub, RpcTarget } from "cloudflare:workers";
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
  async use(target) {
    return target.ping();
  }
  async useInside({ target }) {
    return target.ping();
  }
  ignore() {}
}

export default noting(async (log, { OBJ }) => {
  const stub = OBJ.getByName("a");
  const target = await stub.target();
  await log.try("sent", () => stub.use(target));
  await log.try("used afterwards", () => target.ping());
  await log.try("sent again", () => stub.use(target));
  const inside = await stub.target();
  await log.try("inside an object", () => stub.useInside({ target: inside }));
  await log.try("used afterwards", () => inside.ping());
  const own = new RpcStub(new Target());
  await log.try("own stub", () => stub.use(own));
  await log.try("used afterwards", () => own.ping());
  const kept = await stub.target();
  await log.try("dup sent", () => stub.use(kept.dup()));
  await log.try("used afterwards", () => kept.ping());
  const object = new Target();
  await log.try("the target itself", () => stub.use(object));
  await log.try("and again", () => stub.use(object));
  await log.try("the object's stub", () => stub.ignore(stub));
  await log.try("used afterwards", () => stub.use(object));
});
