/*
spec: 3.1 construction, 4.4
covers: Storage used in the constructor; a throwing constructor's writes
object: OBJ Obj
*/
import { Journal } from "./observe.mjs";

let built = 0;

export class Obj {
  constructor(ctx) {
    this.ctx = ctx;
    built++;
    ctx.storage.put(`built ${built}`, true);
    this.read = ctx.storage.get(`built ${built}`);
    if (built === 2) throw new Error("thrown after a put");
  }
  async fetch(request) {
    if (request.url.endsWith("/abort")) {
      await this.ctx.storage.sync();
      this.ctx.abort("again");
    }
    return Response.json([await this.read, [...(await this.ctx.storage.list()).keys()]]);
  }
}

export default {
  async fetch(request, { OBJ }) {
    const log = new Journal();
    for (const path of ["", "abort", "", ""]) {
      await log.try(`/${path}`, async () =>
        (await OBJ.getByName("a").fetch(`http://x/${path}`)).json(),
      );
    }
    return log.response();
  },
};
