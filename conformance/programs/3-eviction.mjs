/*
spec: 3.2 idle, eviction
covers: Constructor again after 10 s idle; not while a timer or a slow waitUntil lives; storage and globals survive
tag: slow
object: OBJ Obj
*/
import { Journal, pause } from "./observe.mjs";

let built = 0;

export class Obj {
  constructor(ctx) {
    this.ctx = ctx;
    this.events = 0;
    built++;
  }
  async fetch(request) {
    this.events++;
    const { pathname } = new URL(request.url);
    if (pathname === "/timer") setTimeout(() => {}, 14_000);
    if (pathname === "/wait") this.ctx.waitUntil(pause(14_000));
    const total = ((await this.ctx.storage.get("total")) ?? 0) + 1;
    await this.ctx.storage.put("total", total);
    return new Response(`event ${this.events} of this activation, ${total} in all`);
  }
}

export default {
  async fetch(request, { OBJ }) {
    const log = new Journal();
    const names = ["plain", "timer", "wait", "busy"];
    const ask = async (name) => (await OBJ.getByName(name).fetch(`http://x/${name}`)).text();
    for (const name of names) log.note(name, await ask(name));
    for (const _ of [1, 2]) {
      await pause(6500);
      log.note("busy", await ask("busy"));
    }
    for (const name of names) log.note(name, await ask(name));
    log.note("built", built);
    return log.response();
  },
};
