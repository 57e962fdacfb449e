// One counter per path, counted by calling a method. Each call is answered when the count is on disk.
import { DurableObject } from "cloudflare:workers";

export class Counter extends DurableObject {
  async increment() {
    const count = ((await this.ctx.storage.get("count")) ?? 0) + 1;
    await this.ctx.storage.put("count", count);
    return count;
  }
}

export default {
  async fetch(request, env) {
    const { pathname } = new URL(request.url);
    const stub = env.COUNTER.getByName(pathname);
    return new Response(`${await stub.increment()}\n`);
  },
};
