/*
spec: 3.4 start, result
covers: Order a, b, cb0, cb1, result; a non-promise return is fine; a section's value
object: OBJ Obj
*/
import { Journal, pause, toObject } from "./observe.mjs";

export class Obj {
  constructor(ctx) {
    this.ctx = ctx;
  }
  async fetch() {
    const log = new Journal();
    log.note("a");
    const section = this.ctx.blockConcurrencyWhile(async () => {
      log.note("cb0");
      await pause(5);
      log.note("cb1");
      return "value";
    });
    log.note("b");
    log.note("result", section instanceof Promise, await section);
    log.note("not async", await this.ctx.blockConcurrencyWhile(() => 5));
    log.note("nothing", await this.ctx.blockConcurrencyWhile(() => {}));
    const order = [];
    const both = [1, 2, 3].map((n) =>
      this.ctx.blockConcurrencyWhile(async () => {
        order.push(`${n} begins`);
        await pause(3);
        order.push(`${n} ends`);
      }),
    );
    order.push("all asked");
    await Promise.all(both);
    log.note("sections one after another", order);
    await log.try("no function", () => this.ctx.blockConcurrencyWhile(5));
    await log.try("nothing given", () => this.ctx.blockConcurrencyWhile());
    return log.response();
  }
}

export default toObject("OBJ");
