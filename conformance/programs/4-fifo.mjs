/*
spec: 4.1 fairness
covers: Event order is first in, first out, also for events that waited for a section
object: OBJ Obj
*/
import { Journal, pause } from "./observe.mjs";

export class Obj {
  order = [];
  constructor(ctx) {
    this.ctx = ctx;
  }
  async fetch(request) {
    const number = Number(new URL(request.url).pathname.slice(1));
    this.order.push(number);
    if (number % 5 === 0) await this.ctx.blockConcurrencyWhile(() => pause(5));
    await this.ctx.storage.put(String(number), number);
    return Response.json(this.order);
  }
}

export default {
  async fetch(request, { OBJ }) {
    const log = new Journal();
    const stub = OBJ.getByName("a");
    const calls = Array.from({ length: 23 }, async (_, i) =>
      (await stub.fetch(`http://x/${i}`)).json(),
    );
    log.note("order", (await Promise.all(calls)).at(-1));
    return log.response();
  },
};
