/*
spec: 3.3, 3.4
covers: abort inside a critical section and inside the constructor; events that wait fail with the reason
object: OBJ Obj
object: CTOR Ctor
*/
import { Journal, pause } from "./observe.mjs";

export class Obj {
  constructor(ctx) {
    this.ctx = ctx;
  }
  async fetch(request) {
    if (request.url.endsWith("/section")) {
      await this.ctx.blockConcurrencyWhile(async () => {
        await pause(10);
        this.ctx.abort("in the section");
      });
    }
    return new Response("answer");
  }
}

let built = 0;

export class Ctor {
  constructor(ctx) {
    if (++built === 1) ctx.abort("in the constructor");
  }
  fetch() {
    return new Response(`built ${built}`);
  }
}

export default {
  async fetch(request, { OBJ, CTOR }) {
    const log = new Journal();
    const stub = OBJ.getByName("a");
    const ask = async (path) => (await stub.fetch(`http://x/${path}`)).text();
    const outcomes = await Promise.allSettled([ask("section"), ask("waiting")]);
    for (const { reason, value } of outcomes)
      await log.try("outcome", () => (reason ? Promise.reject(reason) : value));
    await log.try("new stub", async () => (await OBJ.getByName("a").fetch("http://x/")).text());
    for (let i = 0; i < 2; i++) {
      await log.try("constructor", async () =>
        (await CTOR.getByName("a").fetch("http://x/")).text(),
      );
    }
    return log.response();
  },
};
