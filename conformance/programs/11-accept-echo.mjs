/*
spec: 11.1
covers: A socket accepted with accept() in an object: listeners, binary type blob, automatic reply to a close
object: ROOM Room sqlite
socket: a /room
send: a hello
receive: a
binary: a 0102
receive: a
close: a 3000 done
receive: a
request: GET /room/seen
*/
import { DurableObject } from "cloudflare:workers";
import { toNamed, upgrade } from "./observe.mjs";

export class Room extends DurableObject {
  seen = [];
  fetch(request) {
    if (request.url.endsWith("/seen")) return Response.json(this.seen);
    return upgrade((ws) => {
      ws.accept();
      ws.addEventListener("message", ({ data }) => {
        ws.send(
          typeof data === "string"
            ? data
            : `${data.constructor.name} ${data.size ?? data.byteLength}`,
        );
      });
      ws.addEventListener("close", (event) => {
        this.seen.push([event.code, event.reason, event.wasClean, ws.readyState]);
      });
    });
  }
}

export default toNamed("ROOM");
