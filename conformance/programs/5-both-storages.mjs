/*
spec: 0.3, 5.1
covers: A class declared with SQLite and one without behave the same in the asynchronous API
object: PLAIN Plain
object: LITE Lite sqlite
*/
import { Journal } from "./observe.mjs";

export class Plain {
  constructor(ctx) {
    this.storage = ctx.storage;
  }
  async fetch() {
    const log = new Journal();
    const { storage } = this;
    await storage.put({ b: 2, a: 1, "😀": 4, "\uffff": 3 });
    log.note(
      "list",
      await storage.list({ limit: 3 }),
      await storage.list({ reverse: true, limit: 1 }),
    );
    log.note("get", await storage.get("a"), await storage.get(["b", "a", "x"]));
    log.note("delete", await storage.delete("a"), await storage.delete(["a", "b"]));
    await log.try("error", () => storage.put("k", undefined));
    await storage.deleteAll();
    log.note("empty", await storage.list());
    return log.response();
  }
}
export class Lite extends Plain {}

export default {
  async fetch(request, env) {
    const texts = [];
    for (const binding of ["PLAIN", "LITE"])
      texts.push(await (await env[binding].getByName("a").fetch(request)).text());
    return new Response(`${texts[0]}same: ${texts[0] === texts[1]}\n`);
  },
};
