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
      for (const socket of this.ctx.getWebSockets()) socket.send(name);
      return c.json({ entries: entries.length + 1 }, 201);
    })
    .get("/books/:book/entries", async (c) => c.json(await this.#entries()))
    .get("/books/:book/live", (c) => {
      if (c.req.header("upgrade") !== "websocket") return c.text("Expected a WebSocket\n", 426);
      const { 0: client, 1: server } = new WebSocketPair();
      this.ctx.acceptWebSocket(server);
      return new Response(null, { status: 101, webSocket: client });
    });

  override async fetch(request: Request): Promise<Response> {
    return this.#app.fetch(request);
  }

  /** Whoever looks on may ask for what is there already. */
  override async webSocketMessage(socket: WebSocket): Promise<void> {
    for (const name of await this.#entries()) socket.send(name);
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
