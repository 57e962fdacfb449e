// Compiled, never run: a program written against the published Workers types is what an app takes.
import { DurableObject, RpcStub, RpcTarget, WorkerEntrypoint } from "cloudflare:workers";
import type { AppOptions, ScheduledResult, Steadfast } from "../../../dist/index.js";

interface Env {
  COUNTERS: DurableObjectNamespace<Counters>;
  ADMIN: Service<typeof Admin>;
}

class Counter extends RpcTarget {
  #count = 0;
  increment(by: number): number {
    this.#count += by;
    return this.#count;
  }
}

class Counters extends DurableObject<Env> {
  counter(): Counter {
    return new Counter();
  }
  async each(callback: (value: number) => Promise<void>): Promise<void> {
    await callback(1);
  }
}

class Entry extends WorkerEntrypoint<Env> {
  override async fetch(): Promise<Response> {
    const stub = this.env.COUNTERS.getByName("a");
    using counter = await stub.counter();
    const early: number = await stub.counter().increment(1);
    await stub.each(async (value) => void (await counter.increment(value)));
    const local = new RpcStub(new Counter());
    return new Response(String(early + (await local.increment(2))));
  }
}

interface AdminProps {
  role: string;
}

class Admin extends WorkerEntrypoint<Env, AdminProps> {
  whoami(): string {
    return this.ctx.props.role;
  }
}

const handlers: ExportedHandler<Env> = {
  async fetch(request, env) {
    return new Response(`${await env.ADMIN.whoami()} ${request.cf?.country}`);
  },
  async scheduled(controller, env, ctx) {
    ctx.waitUntil(env.ADMIN.fetch(`http://admin/${controller.cron}`));
  },
};

export const several: AppOptions = {
  workers: [
    {
      name: "front",
      worker: handlers,
      crons: ["0 * * * *"],
      serviceBindings: {
        ADMIN: { name: "back", entrypoint: "Admin", props: { role: "admin" } },
        BACK: "back",
        HOOK: async (request: Request) => new Response(request.url),
      },
      durableObjects: { COUNTERS: { className: "Counters", scriptName: "back" } },
    },
    {
      name: "back",
      worker: { default: Entry, Admin },
      durableObjects: { COUNTERS: Counters },
    },
  ],
};

export async function test(app: Steadfast): Promise<string> {
  const { outcome }: ScheduledResult = await app.scheduled({ cron: "0 * * * *", worker: "front" });
  return outcome;
}

export const options: AppOptions = {
  worker: { default: Entry },
  durableObjects: { COUNTERS: Counters },
};
