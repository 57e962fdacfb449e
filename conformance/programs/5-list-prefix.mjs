/*
spec: 5.2 end of the prefix range
covers: Increment the last byte that is not 0xFF; prefixes at the borders of UTF-8 lengths
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
    const stems = [
      "a",
      "az",
      "a\x7f",
      "\x7f",
      "\x80",
      "\xbf",
      "\xff",
      "\u07ff",
      "\u0800",
      "\ud7ff",
      "\uffff",
      "\u{10000}",
      "\u{10ffff}",
      "é",
      "ê",
    ];
    for (const stem of stems)
      await storage.put({ [stem]: 1, [`${stem}1`]: 1, [`${stem}\u{10ffff}`]: 1, [`${stem}é`]: 1 });
    const codes = (text) => [...text].map((c) => c.codePointAt(0).toString(16)).join(" ");
    log.note("in all", (await storage.list()).size);
    for (const stem of [...stems, "a\x7f\u{10ffff}", "b", "\u{10ffff}\u{10ffff}", "A"]) {
      const keys = [...(await storage.list({ prefix: stem })).keys()];
      log.note(
        codes(stem),
        keys.length,
        keys.every((key) => key.startsWith(stem)),
        codes(keys.at(-1) ?? ""),
      );
      const last = await storage.list({ prefix: stem, reverse: true, limit: 2 });
      log.note(`${codes(stem)} from the end`, [...last.keys()].map(codes));
    }
    return log.response();
  }
}

export default toObject("OBJ");
