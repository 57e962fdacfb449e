/*
spec: 3.3, 2.7
covers: Abort from one request while another hangs; both reject with the reason; work in progress never goes on
object: OBJ Obj
*/
import { Journal, pause } from "./observe.mjs";

const reached = [];

export class Obj {
  constructor(ctx) {
    this.ctx = ctx;
    reached.push("constructed");
  }
  async fetch(request) {
    const { pathname } = new URL(request.url);
    if (pathname === "/abort") this.ctx.abort("from the other request");
    if (pathname === "/timer") {
      await pause(20);
      reached.push("timer went on");
    }
    if (pathname === "/never") await new Promise(() => setTimeout(() => {}, 60_000));
    if (pathname === "/background") {
      this.ctx.waitUntil(pause(20).then(() => reached.push("background went on")));
      return new Response("background begun");
    }
    return new Response(`end of ${pathname}`);
  }
}

export default {
  async fetch(request, { OBJ }) {
    const log = new Journal();
    const stub = OBJ.getByName("a");
    const ask = async (path) => (await stub.fetch(`http://x/${path}`)).text();
    log.note("background", await ask("background"));
    const pending = [ask("timer"), ask("never"), OBJ.getByName("a").fetch("http://x/timer")];
    await log.try("abort", () => ask("abort"));
    for (const { reason } of await Promise.allSettled(pending))
      await log.try("pending", () => Promise.reject(reason));
    await log.try("new stub", async () => (await OBJ.getByName("a").fetch("http://x/")).text());
    await pause(50);
    log.note("reached", reached);
    return log.response();
  },
};
