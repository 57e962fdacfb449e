/** A Worker with a counter per path, whose answers begin with `label`. */
export function counterWorker(label) {
  return `import { DurableObject } from "cloudflare:workers";

export class Counter extends DurableObject<unknown> {
  async fetch(): Promise<Response> {
    const count: number = ((await this.ctx.storage.get<number>("count")) ?? 0) + 1;
    await this.ctx.storage.put("count", count);
    return new Response("${label} " + count);
  }
}

export default {
  async fetch(request: Request, env: any): Promise<Response> {
    return env.COUNTER.getByName(new URL(request.url).pathname).fetch(request);
  },
};
`;
}

/** The files of a project with that Worker. */
export function counterFiles(label = "count") {
  return {
    "wrangler.json": {
      name: "counting",
      main: "src/index.ts",
      compatibility_date: "2026-08-01",
      durable_objects: { bindings: [{ name: "COUNTER", class_name: "Counter" }] },
      migrations: [{ tag: "v1", new_sqlite_classes: ["Counter"] }],
    },
    "src/index.ts": counterWorker(label),
  };
}
