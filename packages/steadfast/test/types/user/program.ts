// Compiled, never run: a program written against the published Workers types is what an app takes.
import { DurableObject, RpcStub, RpcTarget, WorkerEntrypoint } from "cloudflare:workers";
import type { AppOptions } from "../../../dist/index.js";

interface Env {
  COUNTERS: DurableObjectNamespace<Counters>;
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

export const options: AppOptions = {
  worker: { default: Entry },
  durableObjects: { COUNTERS: Counters },
};
