/*
spec: 3.4, 4.1 critical section, 7 must-test
covers: Read-modify-write with a timer in between, each in a section of its own event: 1..5
object: OBJ Obj
*/
import { Journal, pause } from "./observe.mjs";

export class Obj {
  constructor(ctx) {
    this.ctx = ctx;
  }
  async fetch(request) {
    const { storage } = this.ctx;
    const increment = async () => {
      const value = (await storage.get("value")) ?? 0;
      await pause(3);
      await storage.put("value", value + 1);
      return value + 1;
    };
    const guarded = request.url.endsWith("/guarded");
    return Response.json(
      guarded ? await this.ctx.blockConcurrencyWhile(increment) : await increment(),
    );
  }
}

export default {
  async fetch(request, { OBJ }) {
    const log = new Journal();
    for (const path of ["guarded", "unguarded"]) {
      const stub = OBJ.getByName(path);
      const calls = Array.from({ length: 5 }, async () =>
        (await stub.fetch(`http://x/${path}`)).json(),
      );
      log.note(path, await Promise.all(calls));
    }
    return log.response();
  },
};
