/*
spec: 2.7, 3.2
covers: What a timer throws and rejections nobody handles do not reset the object
object: OBJ Obj
*/
import { Journal, pause } from "./observe.mjs";

export class Obj {
  count = 0;
  async fetch(request) {
    const { pathname } = new URL(request.url);
    this.count++;
    if (pathname === "/timer") {
      setTimeout(() => {
        throw new Error("from a timer");
      }, 1);
    }
    if (pathname === "/rejection") Promise.reject(new Error("nobody handles this"));
    if (pathname === "/microtask") {
      queueMicrotask(() => {
        throw new Error("from a microtask");
      });
    }
    await pause(10);
    return new Response(`event ${this.count}`);
  }
}

export default {
  async fetch(request, { OBJ }) {
    const log = new Journal();
    const stub = OBJ.getByName("a");
    for (const path of ["timer", "rejection", "microtask", "after"]) {
      await log.try(path, async () => (await stub.fetch(`http://x/${path}`)).text());
    }
    return log.response();
  },
};
