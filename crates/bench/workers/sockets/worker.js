// Hibernating sockets: an object that sends back, and a room that sends to everybody.
import { DurableObject } from "cloudflare:workers";

class Accepting extends DurableObject {
  fetch() {
    const { 0: client, 1: server } = new WebSocketPair();
    this.ctx.acceptWebSocket(server);
    return new Response(null, { status: 101, webSocket: client });
  }
}

export class Echo extends Accepting {
  webSocketMessage(socket, message) {
    socket.send(message);
  }
}

export class Room extends Accepting {
  webSocketMessage(_socket, message) {
    for (const socket of this.ctx.getWebSockets()) socket.send(message);
  }
}

export default {
  fetch(request, env) {
    if (request.headers.get("upgrade") !== "websocket") return new Response("ready\n");
    const { pathname } = new URL(request.url);
    const namespace = pathname === "/room" ? env.ROOM : env.ECHO;
    return namespace.getByName(pathname).fetch(request);
  },
};
