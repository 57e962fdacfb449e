/*
spec: 2.6 flags, 2.7
covers: Constructor threw at a first call, first fetch, both together; the stub is broken, the next stub tries again
object: OBJ Obj
*/
import { DurableObject } from "cloudflare:workers";
import { noting } from "./observe.mjs";

let failures = 3;
let built = 0;

export class Obj extends DurableObject {
  constructor(ctx, env) {
    super(ctx, env);
    built++;
    if (failures-- > 0) throw new RangeError("not yet");
  }
  ping() {
    return "pong";
  }
  async fetch() {
    return new Response("fetched");
  }
}

export default noting(async (log, { OBJ }) => {
  const called = OBJ.getByName("a");
  await log.try("call", () => called.ping());
  await log.try("the same stub", () => called.ping());
  await log.try("fetch of the same stub", () => called.fetch("http://x/"));
  const fetched = OBJ.getByName("a");
  await log.try("fetch", () => fetched.fetch("http://x/"));
  await log.try("the same stub", () => fetched.ping());
  const both = OBJ.getByName("a");
  const results = await Promise.allSettled([both.ping(), both.fetch("http://x/"), both.ping()]);
  for (const { reason } of results) await log.try("together", () => Promise.reject(reason));
  await log.try("next stub", () => OBJ.getByName("a").ping());
  log.note("built", built);
});
