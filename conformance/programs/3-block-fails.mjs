/*
spec: 3.4 throw or rejection, 2.6
covers: The object is reset; a surrounding catch is not reached; the outer call rejects with that error and its flags
object: OBJ Obj
*/
import { Journal } from "./observe.mjs";

const log = new Journal();
let built = 0;

export class Obj {
  constructor(ctx) {
    this.ctx = ctx;
    this.number = ++built;
  }
  async fetch(request) {
    const { pathname } = new URL(request.url);
    if (pathname === "/") return new Response(`activation ${this.number}`);
    try {
      await this.ctx.storage.put("written before", pathname);
      await this.ctx.blockConcurrencyWhile(() => {
        if (pathname === "/sync") throw new TypeError("at once");
        if (pathname === "/string") throw "a string";
        return Promise.reject(new RangeError("later"));
      });
      log.note("reached: after the section");
    } catch (error) {
      log.note("reached: catch");
    } finally {
      log.note("reached: finally");
    }
    return new Response("reached the end");
  }
}

export default {
  async fetch(request, { OBJ }) {
    for (const path of ["sync", "async", "string"]) {
      const stub = OBJ.getByName("a");
      const ask = (label, path_) =>
        log.try(label, async () => (await stub.fetch(`http://x/${path_}`)).text());
      await ask("before", "");
      await ask(path, path);
      await ask("same stub", "");
      await log.try("new stub", async () => (await OBJ.getByName("a").fetch("http://x/")).text());
    }
    return log.response();
  },
};
