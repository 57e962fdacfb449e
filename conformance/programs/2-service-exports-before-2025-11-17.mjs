/*
spec: ctx.exports, old dates
covers: Before 2025-11-17 neither the entry's nor an object's ctx has exports, unless the flag is set
date: 2025-11-16
object: OBJ Obj
service: OTHER flagged
*/
import { DurableObject } from "cloudflare:workers";
import { noting } from "./observe.mjs";

export class Obj extends DurableObject {
  keys() {
    return [Object.keys(this.ctx), typeof this.ctx.exports];
  }
}

export default noting(async (log, { OBJ, OTHER }, ctx) => {
  log.note("entry", typeof ctx.exports, "exports" in ctx);
  log.note("object", await OBJ.getByName("a").keys());
  log.note("flagged", await (await OTHER.fetch("http://x/")).json());
});
