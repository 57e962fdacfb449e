import { DurableObject } from "cloudflare:workers";

interface Env {
  COUNTER: DurableObjectNamespace<Counter>;
}

/** A number that survives everything: it has left this process only after it was on disk. */
export class Counter extends DurableObject<Env> {
  override async fetch(): Promise<Response> {
    const count = ((await this.ctx.storage.get<number>("count")) ?? 0) + 1;
    await this.ctx.storage.put("count", count);
    return new Response(`${count}\n`);
  }
}

export default {
  /** Each path is a counter of its own. */
  async fetch(request, env) {
    const { pathname } = new URL(request.url);
    return env.COUNTER.getByName(pathname).fetch(request);
  },
} satisfies ExportedHandler<Env>;
