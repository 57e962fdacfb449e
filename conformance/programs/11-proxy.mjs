/*
spec: 11.1
covers: A Worker between client and object that looks at each message: two sockets, accepted, joined by listeners
object: ROOM Room sqlite
socket: a /room
send: a hello
receive: a
send: a bye
receive: a 2
*/
import { DurableObject } from "cloudflare:workers";
import { upgrade } from "./observe.mjs";

export class Room extends DurableObject {
  fetch() {
    return upgrade((ws) => this.ctx.acceptWebSocket(ws));
  }
  webSocketMessage(ws, message) {
    ws.send(`object: ${message}`);
    if (message.includes("bye")) ws.close(4000, "object closes");
  }
}

export default {
  async fetch(request, { ROOM }) {
    const { webSocket: upstream } = await ROOM.getByName("room").fetch(request);
    upstream.accept();
    return upgrade((ws) => {
      ws.accept();
      ws.addEventListener("message", ({ data }) => upstream.send(`<${data}>`));
      upstream.addEventListener("message", ({ data }) => ws.send(`[${data}]`));
      upstream.addEventListener("close", ({ code, reason }) => ws.close(code, `proxy: ${reason}`));
      ws.addEventListener("close", ({ code, reason }) => upstream.close(code, reason));
    });
  },
};
