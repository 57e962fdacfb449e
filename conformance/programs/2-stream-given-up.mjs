/*
spec: 2.2 stub.fetch, bodies; 2.7
covers: A caller that cancels a streamed answer; an object that is aborted while it streams one
object: OBJ Obj
*/
import { Journal, pause } from "./observe.mjs";

const seen = [];

export class Obj {
  constructor(ctx) {
    this.ctx = ctx;
  }
  async fetch(request) {
    const { pathname } = new URL(request.url);
    if (pathname === "/abort") this.ctx.abort("while streaming");
    if (pathname === "/plain") return new Response("plain");
    let sent = 0;
    const stream = new ReadableStream({
      async pull(controller) {
        await pause(2);
        controller.enqueue(new TextEncoder().encode(`${++sent} `));
      },
      cancel() {
        seen.push(`${pathname} cancelled`);
      },
    });
    return new Response(stream);
  }
}

export default {
  async fetch(request, { OBJ }) {
    const log = new Journal({ texts: false });
    const stub = OBJ.getByName("a");
    const first = (await stub.fetch("http://x/cancelled")).body.getReader();
    const text = new TextDecoder();
    log.note("first chunk", text.decode((await first.read()).value).slice(0, 2));
    await log.try("cancel", () => first.cancel("enough"));
    await pause(20);
    log.note("seen", seen);
    const second = (await stub.fetch("http://x/aborted")).body.getReader();
    log.note("first chunk", text.decode((await second.read()).value).slice(0, 2));
    await log.try("abort", () => stub.fetch("http://x/abort"));
    await log.try("the rest", async () => {
      for (let i = 0; i < 100; i++) if ((await second.read()).done) return "ended";
      return "goes on";
    });
    log.note("new stub", await (await OBJ.getByName("a").fetch("http://x/plain")).text());
    return log.response();
  },
};
