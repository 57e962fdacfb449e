/*
spec: 3.4 nesting, 12 nested critical sections
covers: Nested 64 work, the 65th throws; order of nested sections
object: OBJ Obj
*/
import { Journal } from "./observe.mjs";

export class Obj {
  constructor(ctx) {
    this.ctx = ctx;
  }
  nest(levels) {
    return this.ctx.blockConcurrencyWhile(async () =>
      levels === 1 ? 1 : 1 + (await this.nest(levels - 1)),
    );
  }
  async fetch(request) {
    const { pathname } = new URL(request.url);
    if (pathname !== "/order") return Response.json(await this.nest(Number(pathname.slice(1))));
    const order = [];
    await this.ctx.blockConcurrencyWhile(async () => {
      order.push("outer begins");
      const inner = this.ctx.blockConcurrencyWhile(async () => {
        order.push("inner begins");
        await new Promise((resolve) => setTimeout(resolve, 5));
        order.push("inner ends");
      });
      order.push("outer goes on");
      await inner;
      order.push("outer ends");
    });
    order.push("after");
    return Response.json(order);
  }
}

export default {
  async fetch(request, { OBJ }) {
    const log = new Journal();
    for (const path of ["order", "1", "2", "64", "65", "64"]) {
      await log.try(path, async () => (await OBJ.getByName("a").fetch(`http://x/${path}`)).json());
    }
    return log.response();
  },
};
