/*
spec: 2.7 must-test, 3.1 construction
covers: Two first requests in parallel construct once; a throwing constructor fails both; the next stub retries
object: OBJ Obj
*/
import { Journal } from "./observe.mjs";

let built = 0;

export class Obj {
  constructor(ctx) {
    built++;
    if (ctx.id.name === "bad") throw new Error(`build ${built}`);
  }
  fetch() {
    return new Response(`build ${built}`);
  }
}

export default {
  async fetch(request, { OBJ }) {
    const log = new Journal();
    const ask = async (stub) => (await stub.fetch("http://x/")).text();
    const together = async (...stubs) => {
      const outcomes = await Promise.allSettled(stubs.map(ask));
      for (const { status, value, reason } of outcomes) {
        await log.try(status, () => (reason ? Promise.reject(reason) : value));
      }
    };
    const good = OBJ.getByName("good");
    await together(good, good, OBJ.getByName("good"));
    const bad = OBJ.getByName("bad");
    await together(bad, bad, OBJ.getByName("bad"));
    await together(OBJ.getByName("bad"));
    log.note("built", built);
    return log.response();
  },
};
