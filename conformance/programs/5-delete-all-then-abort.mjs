/*
spec: 5.5 deleteAll, 3.3 storage
covers: deleteAll in a turn that is aborted; writes before and after it in that turn
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
    if (pathname === "/fill") await storage.put({ a: 1, b: 2 });
    if (pathname === "/abort") {
      await storage.put("before", 1);
      await storage.deleteAll();
      await storage.put("after", 1);
      this.ctx.abort("aborted");
    }
    return Response.json([...(await storage.list())]);
  }
}

export default {
  async fetch(request, { OBJ }) {
    const log = new Journal();
    for (const path of ["fill", "abort", "read"]) {
      await log.try(path, async () => (await OBJ.getByName("a").fetch(`http://x/${path}`)).json());
    }
    return log.response();
  },
};
