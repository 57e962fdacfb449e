/*
spec: 2.6 errors, 2.7 broken stubs
covers: A plain exception breaks nothing: the activation, its memory and its earlier writes stay
object: OBJ Obj
*/
import { Journal } from "./observe.mjs";

let built = 0;

export class Obj {
  constructor(ctx) {
    this.ctx = ctx;
    this.count = 0;
    built++;
  }
  fetch(request) {
    this.count++;
    const { pathname } = new URL(request.url);
    if (pathname === "/sync") throw new Error("at once");
    return this.later(pathname);
  }
  async later(pathname) {
    if (pathname === "/read") {
      return Response.json([built, this.count, [...(await this.ctx.storage.list())]]);
    }
    this.ctx.storage.put(pathname, this.count);
    await null;
    if (pathname === "/timer") await new Promise((resolve) => setTimeout(resolve, 1));
    throw new TypeError("later");
  }
}

export default {
  async fetch(request, { OBJ }) {
    const log = new Journal();
    const stub = OBJ.getByName("a");
    for (const path of ["sync", "read", "microtask", "read", "timer", "read"]) {
      await log.try(path, async () => (await stub.fetch(`http://x/${path}`)).json());
    }
    return log.response();
  },
};
