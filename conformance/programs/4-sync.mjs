/*
spec: 4.4 sync
covers: sync resolves with nothing, at once when nothing is pending; what it covered survives an abort
object: OBJ Obj
*/
import { Journal } from "./observe.mjs";

export class Obj {
  constructor(ctx) {
    this.ctx = ctx;
  }
  async fetch(request) {
    const { storage } = this.ctx;
    const { pathname } = new URL(request.url);
    if (pathname === "/read") return Response.json([...(await storage.list())]);
    if (pathname === "/shape") {
      const log = new Journal();
      const sync = storage.sync();
      log.note("promise", sync instanceof Promise, await sync, storage.sync.length);
      storage.put("a", 1);
      log.note("with a pending put", await storage.sync());
      log.note("several", await Promise.all([storage.sync(), storage.put("b", 2), storage.sync()]));
      return Response.json(log.text);
    }
    storage.put("before", 1, { allowUnconfirmed: true });
    await storage.sync();
    storage.put("between", 2);
    const second = storage.sync();
    storage.put("same turn as the second sync", 3);
    await second;
    storage.put("lost", 4);
    this.ctx.abort("end");
  }
}

export default {
  async fetch(request, { OBJ }) {
    const log = new Journal();
    for (const path of ["shape", "write", "read"]) {
      await log.try(path, async () => (await OBJ.getByName("a").fetch(`http://x/${path}`)).json());
    }
    return log.response();
  },
};
