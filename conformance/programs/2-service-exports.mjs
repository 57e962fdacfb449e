/*
spec: ctx.exports
covers: Loopback to the Worker's own exports: entry points, with and without props; the namespace of an object; import of exports
object: OBJ Obj
*/
import { DurableObject, exports, WorkerEntrypoint } from "cloudflare:workers";
import { noting } from "./observe.mjs";

export class Obj extends DurableObject {
  who() {
    return `${this.ctx.id.name} ${Object.keys(this.ctx.exports).sort()}`;
  }
  async viaExports() {
    return this.ctx.exports.Api.hello("object");
  }
}

export class Api extends WorkerEntrypoint {
  hello(name) {
    return `hello ${name} ${JSON.stringify(this.ctx.props)}`;
  }
  keys() {
    return Object.keys(this.ctx.exports).sort();
  }
}

export const plain = {
  fetch() {
    return new Response("plain handler");
  },
};

export default noting(async (log, { OBJ }, ctx) => {
  log.note("keys", Object.keys(ctx.exports).sort());
  log.note("kinds", typeof ctx.exports.Api, typeof ctx.exports.Obj);
  await log.try("entry point", () => ctx.exports.Api.hello("x"));
  await log.try("with props", () => ctx.exports.Api({ props: { a: 1 } }).hello("x"));
  await log.try("plain handler", async () => (await ctx.exports.plain.fetch("http://x/")).text());
  await log.try("namespace", () => ctx.exports.Obj.getByName("a").who());
  await log.try("same object", () => OBJ.getByName("a").who());
  await log.try("from the object", () => OBJ.getByName("a").viaExports());
  await log.try("of the entry point", () => ctx.exports.Api.keys());
  await log.try("imported", () => exports.Api.hello("imported"));
  await log.try("same ids", () => ctx.exports.Obj.idFromName("a").equals(OBJ.idFromName("a")));
  log.note("missing", ctx.exports.nope);
});
