/*
spec: 11.1, 2.2 stub.fetch with Upgrade
covers: A Worker connects to an object by fetch with Upgrade: the answer, messages both ways, close from either side
object: ROOM Room sqlite
*/
import { DurableObject } from "cloudflare:workers";
import { connect, noting, upgrade } from "./observe.mjs";

export class Room extends DurableObject {
  seen = [];
  fetch(request) {
    const { pathname } = new URL(request.url);
    if (pathname === "/seen") return Response.json(this.seen);
    if (pathname === "/refused") return new Response("no", { status: 400 });
    this.seen.push(request.headers.get("upgrade"));
    return upgrade((ws) => this.ctx.acceptWebSocket(ws, [pathname]), { "x-mine": "header" });
  }
  webSocketMessage(ws, message) {
    if (message === "close") ws.close(4000, "asked");
    else ws.send(typeof message === "string" ? `got ${message}` : message);
  }
  webSocketClose(ws, code, reason, wasClean) {
    this.seen.push([code, reason, wasClean, ws.readyState]);
    if (ws.readyState === 2) ws.close(code, "replied");
  }
}

export default noting(async (log, { ROOM }) => {
  const stub = ROOM.getByName("a");
  const answer = await stub.fetch("http://x/", { headers: { upgrade: "websocket" } });
  log.note(
    "answer",
    answer.status,
    answer.headers.get("x-mine"),
    answer.body,
    answer.webSocket.constructor.name,
  );
  log.note("state", answer.webSocket.readyState, answer.webSocket.url, answer.webSocket.protocol);
  log.attempt("send before accept", () => answer.webSocket.send("early"));
  answer.webSocket.accept();
  answer.webSocket.close(1000);
  const a = await connect(stub);
  a.webSocket.send("one");
  a.webSocket.send(new Uint8Array([1, 2]).buffer);
  const [text, blob] = await a.arrived(2);
  log.note("arrived", text, blob.constructor.name, new Uint8Array(await blob.arrayBuffer()));
  a.webSocket.send("close");
  log.note("closed by the object", await a.arrived(1), a.webSocket.readyState);
  const b = await connect(stub);
  b.webSocket.close(3000, "from the worker");
  log.note("state", b.webSocket.readyState);
  log.note("closed by the worker", await b.arrived(1), b.webSocket.readyState);
  const refused = await stub.fetch("http://x/refused", { headers: { upgrade: "websocket" } });
  log.note("refused", refused.status, refused.webSocket, await refused.text());
  log.note("seen", await (await stub.fetch("http://x/seen")).json());
});
