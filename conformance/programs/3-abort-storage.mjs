/*
spec: 3.3 storage, 4.4 coalescing
covers: After an un-synced put; after an awaited put; after a synced put; after a timer
object: OBJ Obj
*/
import { Journal, pause } from "./observe.mjs";

export class Obj {
  constructor(ctx) {
    this.ctx = ctx;
  }
  async fetch(request) {
    const { storage } = this.ctx;
    const { pathname } = new URL(request.url);
    if (pathname === "/read") return Response.json([...(await storage.list())]);
    if (pathname === "/put") storage.put(pathname, 1);
    if (pathname === "/awaited") await storage.put(pathname, 1);
    if (pathname === "/synced") {
      await storage.put(pathname, 1);
      await storage.sync();
      await storage.put("after the sync", 1);
    }
    if (pathname === "/timer") {
      await storage.put(pathname, 1);
      await pause(1);
      await storage.put("after the timer", 1);
    }
    if (pathname === "/delete") await storage.delete("/synced");
    this.ctx.abort(`abort ${pathname}`);
  }
}

export default {
  async fetch(request, { OBJ }) {
    const log = new Journal();
    for (const path of ["put", "awaited", "synced", "timer", "delete"]) {
      await log.try(path, async () => (await OBJ.getByName("a").fetch(`http://x/${path}`)).json());
      await log.try("read", async () => (await OBJ.getByName("a").fetch("http://x/read")).json());
    }
    return log.response();
  },
};
