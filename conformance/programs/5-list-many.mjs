/*
spec: 5.1 list
covers: 1500 keys: order, both ends, pages by startAfter
object: OBJ Obj
*/
import { Journal, toObject } from "./observe.mjs";

export class Obj {
  constructor(ctx) {
    this.storage = ctx.storage;
  }
  async fetch() {
    const log = new Journal();
    const { storage } = this;
    for (let i = 0; i < 1500; i++) storage.put(`key ${(i * 7919) % 1500}`, i);
    const all = [...(await storage.list()).keys()];
    log.note(
      "all",
      all.length,
      all.every((key, i) => i === 0 || all[i - 1] < key),
      all[0],
      all.at(-1),
    );
    log.note(
      "reverse",
      [...(await storage.list({ reverse: true })).keys()].reverse().join() === all.join(),
    );
    const pages = [];
    for (let page, after; !page || page.size === 128; ) {
      page = await storage.list(
        after === undefined ? { limit: 128 } : { startAfter: after, limit: 128 },
      );
      pages.push(...page.keys());
      after = pages.at(-1);
    }
    log.note("in pages", pages.join() === all.join());
    log.note(
      "prefix",
      (await storage.list({ prefix: "key 1" })).size,
      (await storage.list({ prefix: "key 14" })).size,
    );
    log.note("delete", await storage.delete(all.slice(0, 700)), (await storage.list()).size);
    return log.response();
  }
}

export default toObject("OBJ");
