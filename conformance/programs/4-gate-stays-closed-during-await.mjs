/*
spec: 4.1 result of a storage operation
covers: Nobody runs in between a storage call and its result, with many events waiting
object: OBJ Obj
*/
import { Journal } from "./observe.mjs";

export class Obj {
  trace = [];
  constructor(ctx) {
    this.storage = ctx.storage;
  }
  async fetch(request) {
    const who = new URL(request.url).pathname.slice(1);
    if (who === "trace") return Response.json(this.trace);
    for (const step of [1, 2, 3]) {
      this.trace.push(`${who}${step}`);
      await this.storage.put(`${who}${step}`, step);
      await this.storage.list({ prefix: who });
    }
    return new Response(who);
  }
}

export default {
  async fetch(request, { OBJ }) {
    const log = new Journal();
    const stub = OBJ.getByName("a");
    await Promise.all([..."abcdef"].map((who) => stub.fetch(`http://x/${who}`)));
    log.note("trace", await (await stub.fetch("http://x/trace")).json());
    return log.response();
  },
};
