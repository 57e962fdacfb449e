/*
spec: 4.4 implicit transaction
covers: All writes of a turn, across microtasks and storage awaits, are one atomic unit; real I/O ends it
object: OBJ Obj
*/
import { DurableObject } from "cloudflare:workers";
import { Journal, pause } from "./observe.mjs";

export class Obj extends DurableObject {
  async fetch(request) {
    const { storage } = this.ctx;
    const { pathname } = new URL(request.url);
    if (pathname === "/read") return Response.json([...(await storage.list()).keys()]);
    await storage.put("1 put", 1);
    await null;
    storage.put({ "2 put": 1, "3 put": 1 });
    await storage.get("1 put");
    for (let i = 0; i < 50; i++) await storage.put("4 put", i);
    if (pathname === "/timer") await pause(1);
    if (pathname === "/reply") await this.env.OBJ.getByName("leaf").fetch("http://x/read");
    if (pathname === "/section")
      await this.ctx.blockConcurrencyWhile(() => storage.put("5 in a section", 1));
    if (pathname === "/fail") await storage.put("5 fails", () => {}).catch(() => {});
    await storage.put("6 put", 1);
    this.ctx.abort(pathname);
  }
}

export default {
  async fetch(request, { OBJ }) {
    const log = new Journal();
    for (const path of ["microtasks", "timer", "reply", "section", "fail"]) {
      await log.try(path, () => OBJ.getByName(path).fetch(`http://x/${path}`));
      await log.try("kept", async () => (await OBJ.getByName(path).fetch("http://x/read")).json());
    }
    return log.response();
  },
};
