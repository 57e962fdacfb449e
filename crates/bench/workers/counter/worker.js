// One counter per path. Each request reads, adds and writes, and is answered when that is on disk.
import { DurableObject } from "cloudflare:workers";

export class Counter extends DurableObject {
  async fetch() {
    const count = ((await this.ctx.storage.get("count")) ?? 0) + 1;
    await this.ctx.storage.put("count", count);
    return new Response(`${count}\n`);
  }
}

export default {
  fetch(request, env) {
    const { pathname } = new URL(request.url);
    return env.COUNTER.getByName(pathname).fetch(request);
  },
};
