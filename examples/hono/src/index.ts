import { DurableObject } from "cloudflare:workers";
import { Hono } from "hono";
import { logger } from "hono/logger";

interface Env {
  GUESTBOOK: DurableObjectNamespace<Guestbook>;
  GREETING: string;
}

/** The entries of one guestbook, routed by a Hono app of its own. */
export class Guestbook extends DurableObject<Env> {
  readonly #app = new Hono()
    .post("/books/:book/entries", async (c) => {
      const { name } = await c.req.json<{ name: string }>();
      const entries = await this.#entries();
      await this.ctx.storage.put("entries", [...entries, name]);
      return c.json({ entries: entries.length + 1 }, 201);
    })
    .get("/books/:book/entries", async (c) => c.json(await this.#entries()));

  override async fetch(request: Request): Promise<Response> {
    return this.#app.fetch(request);
  }

  async #entries(): Promise<string[]> {
    return (await this.ctx.storage.get<string[]>("entries")) ?? [];
  }
}

const app = new Hono<{ Bindings: Env }>();

app.use(logger());
app.get("/", (c) => c.text(`${c.env.GREETING}\n`));
app.all("/books/:book/*", (c) => c.env.GUESTBOOK.getByName(c.req.param("book")).fetch(c.req.raw));

export default app;
