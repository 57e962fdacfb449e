/*
spec: 3.3 control flow
covers: abort inside try/finally: neither catch nor finally nor any later continuation runs
object: OBJ Obj
*/
import { Journal, pause } from "./observe.mjs";

const reached = [];

export class Obj {
  constructor(ctx) {
    this.ctx = ctx;
  }
  async fetch() {
    setTimeout(() => reached.push("timer"), 5);
    const other = this.other();
    try {
      reached.push("before");
      this.ctx.abort("stop");
      reached.push("after");
    } catch {
      reached.push("catch");
    } finally {
      reached.push("finally");
    }
    await other;
    return new Response("answer");
  }
  async other() {
    await null;
    reached.push("other microtask");
    await pause(5);
    reached.push("other timer");
  }
}

export default {
  async fetch(request, { OBJ }) {
    const log = new Journal();
    await log.try("fetch", async () => (await OBJ.getByName("a").fetch("http://x/")).text());
    await pause(30);
    log.note("reached", reached);
    return log.response();
  },
};
