/*
spec: 2.6 flags, 3.4 timeout
covers: blockConcurrencyWhile over 30 s: flags for the call, for calls and fetches that wait behind it
tag: slow
object: OBJ Obj
*/
import { DurableObject } from "cloudflare:workers";
import { noting } from "./observe.mjs";

export class Obj extends DurableObject {
  block() {
    return this.ctx.blockConcurrencyWhile(() => new Promise(() => setTimeout(() => {}, 120_000)));
  }
  ping() {
    return "pong";
  }
  fetch() {
    return new Response("fetched");
  }
}

export default noting(async (log, { OBJ }) => {
  const stub = OBJ.getByName("a");
  await stub.ping();
  const results = [stub.block(), stub.ping(), stub.fetch("http://x/"), OBJ.getByName("a").ping()];
  const names = ["block", "call", "fetch", "call of another stub"];
  for (const [i, { reason }] of (await Promise.allSettled(results)).entries())
    await log.try(names[i], () => Promise.reject(reason));
  await log.try("same stub", () => stub.ping());
  await log.try("new stub", () => OBJ.getByName("a").ping());
});
