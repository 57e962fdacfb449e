/*
spec: 3.4 during, 4.1 critical section
covers: No other event is delivered during a section; they come afterwards in the order they arrived
object: OBJ Obj
*/
import { Journal, pause } from "./observe.mjs";

export class Obj {
  log = [];
  constructor(ctx) {
    this.ctx = ctx;
  }
  async fetch(request) {
    const { pathname } = new URL(request.url);
    this.log.push(`${pathname} begins`);
    if (pathname === "/section") {
      await this.ctx.blockConcurrencyWhile(async () => {
        this.log.push("section begins");
        for (let i = 0; i < 3; i++) {
          await pause(10);
          this.log.push(`section ${i}`);
        }
        this.log.push("section ends");
      });
      this.log.push("after the section");
    }
    return Response.json(this.log);
  }
}

export default {
  async fetch(request, { OBJ }) {
    const log = new Journal();
    const stub = OBJ.getByName("a");
    const paths = ["before", "section", "first", "second", "third"];
    const answers = await Promise.all(
      paths.map(async (path) => (await stub.fetch(`http://x/${path}`)).json()),
    );
    log.note("order", answers.at(-1));
    return log.response();
  },
};
