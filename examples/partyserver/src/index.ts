import {
  type Connection,
  type ConnectionContext,
  getServerByName,
  routePartykitRequest,
  Server,
  type WSMessage,
} from "partyserver";

interface Env extends Record<string, unknown> {
  Lobby: DurableObjectNamespace<Lobby>;
}

/** A room whose messages go to everybody else in it, and are counted. */
export class Lobby extends Server<Env> {
  static override options = { hibernate: true };

  override getConnectionTags(_connection: Connection, { request }: ConnectionContext): string[] {
    return [new URL(request.url).searchParams.get("team") ?? "none"];
  }

  override async onConnect(connection: Connection): Promise<void> {
    connection.send(`welcome to ${this.name}, ${await this.count()} said so far`);
    this.broadcast(`${connection.id} came`, [connection.id]);
  }

  override async onMessage(connection: Connection, message: WSMessage): Promise<void> {
    const text = String(message);
    const [, team, told] = /^@(\w+) (.*)$/.exec(text) ?? [];
    await this.ctx.storage.put("count", (await this.count()) + 1);
    if (team === undefined) this.broadcast(`${connection.id}: ${text}`, [connection.id]);
    else for (const each of this.getConnections(team)) each.send(`${connection.id}: ${told}`);
  }

  override onClose(connection: Connection): void {
    this.broadcast(`${connection.id} left`, [connection.id]);
  }

  override async onRequest(): Promise<Response> {
    return Response.json({ room: this.name, count: await this.count() });
  }

  /** How many messages were sent to the room; also called from the Worker. */
  async count(): Promise<number> {
    return (await this.ctx.storage.get<number>("count")) ?? 0;
  }
}

export default {
  async fetch(request, env): Promise<Response> {
    const [, room] = /^\/count\/(\w+)$/.exec(new URL(request.url).pathname) ?? [];
    if (room !== undefined) {
      const lobby = await getServerByName(env.Lobby, room);
      return new Response(`${await lobby.count()}\n`);
    }
    const response = await routePartykitRequest(request, env);
    return response ?? new Response("Not found\n", { status: 404 });
  },
} satisfies ExportedHandler<Env>;
