/*
spec: 4.1 input gate, timers; 3.2
covers: Timers set in the constructor, in a timer, and cleared by another event; an interval across events
object: OBJ Obj
*/
import { DurableObject } from "cloudflare:workers";
import { Journal, pause } from "./observe.mjs";

export class Obj extends DurableObject {
  log = [];
  constructor(ctx, env) {
    super(ctx, env);
    this.early = new Promise((resolve) => setTimeout(resolve, 5, "set in the constructor"));
  }
  async start() {
    this.never = setTimeout(() => this.log.push("never"), 30_000);
    const third = new Promise((resolve) => {
      this.interval = setInterval(async () => {
        const ticks = ((await this.ctx.storage.get("ticks")) ?? 0) + 1;
        await this.ctx.storage.put("ticks", ticks);
        if (ticks === 3) resolve();
      }, 4);
    });
    const inner = new Promise((resolve) => {
      setTimeout(() => {
        this.log.push("outer");
        setTimeout(() => resolve(this.log.push("inner")), 1);
      }, 10);
    });
    this.log.push(await this.early);
    await Promise.all([third, inner]);
  }
  async fetch(request) {
    const { pathname } = new URL(request.url);
    if (pathname === "/start") await this.start();
    if (pathname === "/stop") {
      clearTimeout(this.never);
      clearInterval(this.interval);
      this.stopped = await this.ctx.storage.get("ticks");
    }
    const ticks = await this.ctx.storage.get("ticks");
    return Response.json([this.log.sort(), this.stopped >= 3, ticks === this.stopped]);
  }
}

export default {
  async fetch(request, { OBJ }) {
    const log = new Journal();
    const ask = async (path) => (await OBJ.getByName("a").fetch(`http://x/${path}`)).json();
    log.note("start", (await ask("start"))[0]);
    log.note("stop", await ask("stop"));
    await pause(30);
    log.note("later", await ask("look"));
    return log.response();
  },
};
