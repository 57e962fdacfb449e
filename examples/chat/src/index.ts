import type { RateLimiter } from "./limiter";
import type { Room } from "./room";

export { RateLimiter } from "./limiter";
export { Room } from "./room";

/** What the objects and the Worker are given. */
export interface Env {
  ROOM: DurableObjectNamespace<Room>;
  LIMITER: DurableObjectNamespace<RateLimiter>;
}

/** The page comes from `public/`; what is left for the Worker is the way to a room. */
export default {
  async fetch(request, env): Promise<Response> {
    const { pathname } = new URL(request.url);
    const [, room] = /^\/rooms\/([^/]+)\/socket$/.exec(pathname) ?? [];
    if (room === undefined) return new Response("Not found\n", { status: 404 });
    return env.ROOM.getByName(decodeURIComponent(room)).fetch(request);
  },
} satisfies ExportedHandler<Env>;
