/*
spec: 5.5 deleteAll, must-test
covers: deleteAll, then writes, then the end of the process
object: OBJ Obj
request: GET /fill
request: GET /empty
restart:
request: GET /read
request: GET /fill
restart:
request: GET /read
request: GET /only
restart:
request: GET /read
*/
import { Journal, toObject } from "./observe.mjs";

export class Obj {
  constructor(ctx) {
    this.storage = ctx.storage;
  }
  async fetch(request) {
    const { pathname } = new URL(request.url);
    if (pathname === "/fill") await this.storage.put({ a: 1, b: 2, c: 3 });
    if (pathname === "/empty") {
      await this.storage.deleteAll();
      await this.storage.put({ b: "new", d: "new" });
    }
    if (pathname === "/only") await this.storage.deleteAll();
    return Response.json([...(await this.storage.list())]);
  }
}

export default toObject("OBJ");
