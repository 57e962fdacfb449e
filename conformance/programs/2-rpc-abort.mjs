/*
spec: 2.6 flags, 2.7 broken stubs
covers: ctx.abort during a call: that call, other pending calls and fetches, later uses of the stub, a new stub
object: OBJ Obj
*/
import { DurableObject } from "cloudflare:workers";
import { noting } from "./observe.mjs";

let built = 0;

export class Obj extends DurableObject {
  number = ++built;
  abort() {
    this.ctx.abort("enough");
  }
  hang() {
    return new Promise(() => setTimeout(() => {}, 60_000));
  }
  async fetch() {
    return this.hang();
  }
  activation() {
    return this.number;
  }
  get value() {
    return this.number;
  }
}

export default noting(async (log, { OBJ }) => {
  const [stub, second, unused] = [1, 2, 3].map(() => OBJ.getByName("a"));
  log.note("before", await stub.activation(), await second.activation());
  const pending = [stub.hang(), second.hang(), stub.fetch("http://x/"), second.fetch("http://x/")];
  const settled = Promise.allSettled(pending);
  await log.try("abort", () => stub.abort());
  const names = ["call", "call of the second stub", "fetch", "fetch of the second stub"];
  for (const [i, { reason }] of (await settled).entries())
    await log.try(`pending ${names[i]}`, () => Promise.reject(reason));
  await log.try("same stub", () => stub.activation());
  await log.try("property of the same stub", () => stub.value);
  await log.try("unknown method of the same stub", () => stub.nope());
  await log.try("fetch of the same stub", () => stub.fetch("http://x/"));
  await log.try("second stub", () => second.activation());
  await log.try("stub never used before", () => unused.activation());
  await log.try("new stub", () => OBJ.getByName("a").activation());
  await log.try("same stub, new activation lives", () => stub.activation());
});
