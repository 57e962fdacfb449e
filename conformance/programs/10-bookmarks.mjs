/*
spec: 10 bookmarks, must-test
covers: getCurrentBookmark: its form, and strictly increasing order
object: OBJ Obj sqlite
request: GET /run
request: GET /later
restart:
request: GET /later
*/
import { DurableObject } from "cloudflare:workers";
import { pause, perform, toObject } from "./observe.mjs";

export class Obj extends DurableObject {
  fetch(request) {
    return perform(this, request);
  }
  async run(log) {
    const { storage } = this.ctx;
    const bookmarks = [];
    for (let i = 0; i < 4; i++) {
      storage.kv.put("a", i);
      bookmarks.push(await storage.getCurrentBookmark());
      await pause(1);
    }
    log.note(
      "form",
      bookmarks.map((bookmark) =>
        /^[0-9a-f]{8}-[0-9a-f]{8}-[0-9a-f]{8}-[0-9a-f]{32}$/.test(bookmark),
      ),
    );
    log.note(
      "increasing",
      bookmarks.every((bookmark, i) => i === 0 || bookmark > bookmarks[i - 1]),
    );
    storage.kv.put("bookmark", bookmarks.at(-1));
    log.note("arguments", typeof (await storage.getCurrentBookmark(1, 2)));
    await log.try("without this", () => (0, storage.getCurrentBookmark)());
  }
  async later(log) {
    const bookmark = await this.ctx.storage.getCurrentBookmark();
    log.note("later", bookmark > this.ctx.storage.kv.get("bookmark"));
    this.ctx.storage.kv.put("bookmark", bookmark);
  }
}

export default toObject("OBJ");
