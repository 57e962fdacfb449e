/*
spec: 4.1, must-test
covers: Read-modify-write from N parallel calls yields N, with options allowConcurrency and noCache too; not across a callback
object: OBJ Obj sqlite
object: KV Plain
*/
import { DurableObject } from "cloudflare:workers";
import { noting } from "./observe.mjs";

export class Obj extends DurableObject {
  async add(key, options) {
    const { storage } = this.ctx;
    const total = (await storage.get(key, options)) ?? 0;
    await storage.put(key, total + 1, options);
    return total + 1;
  }
  async addAcross(key, f) {
    const { storage } = this.ctx;
    const total = (await storage.get(key)) ?? 0;
    await f();
    await storage.put(key, total + 1);
    return total + 1;
  }
}

export class Plain extends Obj {}

export default noting(async (log, { OBJ, KV }) => {
  for (const [name, namespace] of [
    ["sqlite", OBJ],
    ["not sqlite", KV],
  ]) {
    const stubs = Array.from({ length: 8 }, () => namespace.getByName("a"));
    const all = (f) => Promise.all(stubs.map(f)).then((values) => values.sort((a, b) => a - b));
    log.note(name, await all((stub) => stub.add("plain")));
    log.note("allowConcurrency", await all((stub) => stub.add("b", { allowConcurrency: true })));
    log.note("noCache", await all((stub) => stub.add("c", { noCache: true })));
    log.note("allowUnconfirmed", await all((stub) => stub.add("d", { allowUnconfirmed: true })));
    log.note("across a callback", await all((stub) => stub.addAcross("e", async () => {})));
  }
});
