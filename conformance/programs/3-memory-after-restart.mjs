/*
spec: 3.1, 3.2, 13.4
covers: After the process ends the constructor runs again, memory is gone and what was stored is there
object: OBJ Obj
request: GET /write
request: GET /write
restart:
request: GET /read
request: GET /write
restart:
request: GET /read
*/
import { toObject } from "./observe.mjs";

export class Obj {
  constructor(ctx) {
    this.ctx = ctx;
    this.inMemory = 0;
  }
  async fetch(request) {
    const { storage } = this.ctx;
    if (request.url.endsWith("/write")) {
      this.inMemory++;
      await storage.put("stored", ((await storage.get("stored")) ?? 0) + 1);
    }
    return Response.json([
      this.inMemory,
      await storage.get("stored"),
      this.ctx.id.name,
      this.ctx.id.toString(),
    ]);
  }
}

export default toObject("OBJ");
