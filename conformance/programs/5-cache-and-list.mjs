/*
spec: 5.1, 4.3 noCache
covers: Reads after writes, after deletes and after misses agree with list, with and without noCache, over many activations
object: OBJ Obj
*/
import { Journal } from "./observe.mjs";

const KEYS = ["a", "b", "c", "d", "e"];

export class Obj {
  constructor(ctx) {
    this.ctx = ctx;
  }
  async fetch(request) {
    const { storage } = this.ctx;
    const { pathname } = new URL(request.url);
    if (pathname === "/reset") {
      await storage.sync();
      this.ctx.abort("reset");
    }
    const noCache = pathname.includes("plain") ? undefined : { noCache: true };
    if (pathname.includes("miss")) await storage.get(KEYS, noCache);
    if (pathname.includes("put")) await storage.put({ a: pathname, c: pathname }, noCache);
    if (pathname.includes("delete")) await storage.delete(["c", "d"], noCache);
    if (pathname.includes("late")) await storage.put("d", pathname, noCache);
    const single = [];
    for (const key of KEYS) if ((await storage.get(key, noCache)) !== undefined) single.push(key);
    const listed = [...(await storage.list(noCache)).keys()];
    const many = [...(await storage.get(KEYS, noCache)).keys()];
    return Response.json([single.join(""), listed.join(""), many.join(""), await storage.get("a")]);
  }
}

export default {
  async fetch(request, { OBJ }) {
    const log = new Journal();
    for (const path of [
      "miss",
      "put-plain",
      "miss-delete",
      "reset",
      "look",
      "late-delete",
      "reset",
      "put-delete-late-plain",
      "look",
    ]) {
      await log.try(path, async () => (await OBJ.getByName("a").fetch(`http://x/${path}`)).json());
    }
    return log.response();
  },
};
