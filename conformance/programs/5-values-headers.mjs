/*
spec: 5.3 Headers, Request without body, DOMException, 13.5
covers: Stored and restored as such
object: OBJ Obj
*/
import { Journal, toObject } from "./observe.mjs";

function values() {
  return {
    Headers: new Headers({ a: "b", "Content-Type": "text/plain" }),
    "empty Headers": new Headers(),
    "Headers inside": {
      list: [
        new Headers([
          ["x", "1"],
          ["x", "2"],
        ]),
      ],
    },
    DOMException: new DOMException("message", "AbortError"),
    "DOMException of its own name": new DOMException("m", "Own"),
  };
}

export class Obj {
  constructor(ctx) {
    this.storage = ctx.storage;
  }
  async fetch() {
    const log = new Journal();
    for (const [name, value] of Object.entries(values())) {
      await log.try(name, async () => {
        await this.storage.put(name, value);
        return this.storage.get(name);
      });
    }
    const request = new Request("http://host/path?q=1", {
      method: "DELETE",
      headers: { a: "b" },
      redirect: "manual",
    });
    await log.try("Request", async () => {
      await this.storage.put("r", request);
      const stored = await this.storage.get("r");
      return [
        stored instanceof Request,
        stored.method,
        stored.url,
        stored.headers,
        stored.redirect,
        stored.body,
      ];
    });
    return log.response();
  }
}

export default toObject("OBJ");
