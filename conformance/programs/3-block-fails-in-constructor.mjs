/*
spec: 3.4 in the constructor
covers: A failure inside the constructor's section fails the requests that wait, with flags; the next stub retries
object: OBJ Obj
*/
import { Journal, pause } from "./observe.mjs";

let built = 0;

export class Obj {
  constructor(ctx) {
    const number = ++built;
    ctx.blockConcurrencyWhile(async () => {
      await pause(10);
      if (number < 3) throw new TypeError(`section of activation ${number}`);
    });
    this.number = number;
  }
  fetch() {
    return new Response(`activation ${this.number}`);
  }
}

export default {
  async fetch(request, { OBJ }) {
    const log = new Journal();
    const ask = async (stub) => (await stub.fetch("http://x/")).text();
    const [one, two] = [OBJ.getByName("a"), OBJ.getByName("a")];
    const outcomes = await Promise.allSettled([ask(one), ask(one), ask(two)]);
    for (const { value, reason } of outcomes)
      await log.try("waiting", () => (reason ? Promise.reject(reason) : value));
    await log.try("same stub", () => ask(one));
    await log.try("new stub", () => ask(OBJ.getByName("a")));
    await log.try("third stub", () => ask(OBJ.getByName("a")));
    return log.response();
  },
};
