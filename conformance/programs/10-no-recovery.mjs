/*
spec: 10 bookmarks, must-test
covers: Without history, recovery is refused; so are replicas
object: OBJ Obj sqlite
*/
import { DurableObject } from "cloudflare:workers";
import { asking, perform } from "./observe.mjs";

export class Obj extends DurableObject {
  fetch(request) {
    return perform(this, request);
  }
  async run(log) {
    const { storage } = this.ctx;
    log.note(
      "members",
      [
        "getCurrentBookmark",
        "getBookmarkForTime",
        "onNextSessionRestoreBookmark",
        "waitForBookmark",
        "ensureReplicas",
        "disableReplicas",
        "configureReadReplication",
        "snapshot",
        "primary",
      ].map((name) => `${name} ${typeof storage[name]}`),
    );
    const bookmark = await storage.getCurrentBookmark();
    await log.try("getBookmarkForTime", () => storage.getBookmarkForTime(Date.now() - 1000));
    await log.try("of a Date", () => storage.getBookmarkForTime(new Date(0)));
    await log.try("of nothing", () => storage.getBookmarkForTime());
    await log.try("of text", () => storage.getBookmarkForTime("x"));
    await log.try("of NaN", () => storage.getBookmarkForTime(NaN));
    await log.try("onNextSessionRestoreBookmark", () =>
      storage.onNextSessionRestoreBookmark(bookmark),
    );
    await log.try("of text", () => storage.onNextSessionRestoreBookmark("x"));
    await log.try("of nothing", () => storage.onNextSessionRestoreBookmark());
    log.note("alive", await storage.get("a"));
  }
}

export default asking("OBJ", ["run"]);
