/*
spec: 4.2 output gate
covers: A call, a fetch and a response issued after a write that is never committed do not leave; after a synced one they do
object: OBJ Obj sqlite
*/
import { DurableObject } from "cloudflare:workers";
import { noting, pause } from "./observe.mjs";

const seen = [];

export class Obj extends DurableObject {
  async lost(kind) {
    this.ctx.storage.put("lost", kind);
    const other = this.env.OBJ.getByName("other");
    if (kind === "call") other.note(kind).catch(() => {});
    if (kind === "fetch") other.fetch(`http://x/${kind}`).catch(() => {});
    if (kind === "response") queueMicrotask(() => queueMicrotask(() => this.ctx.abort(kind)));
    else this.ctx.abort(kind);
    return `answer to ${kind}`;
  }
  async kept(kind) {
    this.ctx.storage.put("kept", kind);
    await this.ctx.storage.sync();
    const other = this.env.OBJ.getByName("other");
    if (kind === "call") await other.note(`kept ${kind}`);
    else await other.fetch(`http://x/kept ${kind}`);
    this.ctx.abort(kind);
  }
  note(what) {
    seen.push(what);
  }
  fetch(request) {
    seen.push(decodeURIComponent(new URL(request.url).pathname.slice(1)));
    return new Response();
  }
  values() {
    return this.ctx.storage.list();
  }
}

export default noting(async (log, { OBJ }) => {
  for (const kind of ["call", "fetch", "response"]) {
    await log.try(`lost ${kind}`, () => OBJ.getByName("a").lost(kind));
    await pause(20);
    log.note("seen", seen.splice(0), await OBJ.getByName("a").values());
  }
  for (const kind of ["call", "fetch"]) {
    await log.try(`kept ${kind}`, () => OBJ.getByName("a").kept(kind));
    log.note("seen", seen.splice(0), await OBJ.getByName("a").values());
  }
});
