/*
spec: 2.2 as a value, 2.4
covers: A stub of an object sent as argument and result arrives as a plain fetcher without id and name; it cannot be stored
object: OBJ Obj sqlite
*/
import { DurableObject } from "cloudflare:workers";
import { noting } from "./observe.mjs";

export class Obj extends DurableObject {
  who() {
    return this.ctx.id.name;
  }
  async fetch(request) {
    return new Response(`${this.ctx.id.name} ${new URL(request.url).pathname}`);
  }
  async use(stub) {
    return [
      Object.keys(stub),
      typeof stub.id,
      await stub.who(),
      await (await stub.fetch("http://x/path")).text(),
    ];
  }
  give(name) {
    return this.env.OBJ.getByName(name);
  }
  store(stub) {
    return this.ctx.storage.put("stub", stub);
  }
  storeOwn() {
    return this.ctx.storage.put("stub", this.env.OBJ.getByName("c"));
  }
}

export default noting(async (log, { OBJ }) => {
  const stub = OBJ.getByName("a");
  const other = OBJ.getByName("b");
  await log.try("argument", () => stub.use(other));
  await log.try("to itself", () => stub.use(stub));
  log.note("still mine", await other.who(), other.name);
  const given = await stub.give("c");
  log.note("result", Object.keys(given), typeof given, await given.who());
  log.note("fetch", await (await given.fetch("http://x/y")).text());
  await log.try("pipelined", () => stub.give("d").who());
  await log.try("passed on", () => stub.use(given));
  await log.try("stored", () => stub.store(other));
  await log.try("its own stored", () => stub.storeOwn());
});
