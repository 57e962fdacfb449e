/*
spec: 4.1 timers fire in order, 3.4
covers: A timer set before a section and due during it, and a later timer set inside the section
object: OBJ Obj
*/
import { Journal, pause } from "./observe.mjs";

export class Obj {
  constructor(ctx) {
    this.ctx = ctx;
  }
  async fetch() {
    const order = [];
    const before = pause(20).then(() => order.push("timer from before"));
    await this.ctx.blockConcurrencyWhile(async () => {
      order.push("section begins");
      await pause(60);
      order.push("section ends");
    });
    await before;
    return Response.json(order);
  }
}

export default {
  async fetch(request, { OBJ }) {
    const log = new Journal();
    await log.try("answer", async () => (await OBJ.getByName("a").fetch(request)).json());
    return log.response();
  },
};
