/*
spec: 5.3 other API objects
covers: Objects of the platform that cannot be stored: class and text of the error
object: OBJ Obj
*/
import { Journal, toObject } from "./observe.mjs";

function values(ctx, env) {
  return {
    URL: new URL("http://x/"),
    URLSearchParams: new URLSearchParams("a=1"),
    FormData: new FormData(),
    ReadableStream: new ReadableStream(),
    TextEncoder: new TextEncoder(),
    AbortController: new AbortController(),
    Event: new Event("e"),
    EventTarget: new EventTarget(),
    crypto,
    Response: new Response("body"),
    "Request with a body": new Request("http://x/", { method: "POST", body: "b" }),
    stub: env.OBJ.get(ctx.id),
    ctx,
    storage: ctx.storage,
  };
}

export class Obj {
  constructor(ctx, env) {
    Object.assign(this, { ctx, env });
  }
  async fetch() {
    const log = new Journal();
    for (const [name, value] of Object.entries(values(this.ctx, this.env))) {
      await log.try(name, () => this.ctx.storage.put("k", value));
      await log.try(`${name} inside`, () => this.ctx.storage.put("k", [{ value }]));
    }
    log.note("stored", [...(await this.ctx.storage.list()).keys()]);
    return log.response();
  }
}

export default toObject("OBJ");
