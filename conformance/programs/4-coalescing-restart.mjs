/*
spec: 4.4 implicit transaction
covers: What a turn wrote before it was aborted is not in the database after a restart either
object: OBJ Obj
request: GET /put
request: GET /lose
restart:
request: GET /read
request: GET /lose
request: GET /read
*/
import { Journal } from "./observe.mjs";

export class Obj {
  constructor(ctx) {
    this.ctx = ctx;
  }
  async fetch(request) {
    const { storage } = this.ctx;
    const { pathname } = new URL(request.url);
    if (pathname === "/put") await storage.put({ a: 1, b: 2, c: 3 });
    if (pathname === "/lose") {
      await storage.put({ a: "lost", d: "lost" });
      await storage.delete("b");
      this.ctx.abort("lost");
    }
    return Response.json([...(await storage.list())]);
  }
}

export default {
  async fetch(request, { OBJ }) {
    const log = new Journal();
    await log.try("answer", async () => (await OBJ.getByName("a").fetch(request)).json());
    return log.response();
  },
};
