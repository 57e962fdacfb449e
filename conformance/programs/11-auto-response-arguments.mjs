/*
spec: 11.2 auto-response, event timeout
covers: Bounds of request and response, shapes of the pair, timestamps, the event timeout's bounds
object: OBJ Obj sqlite
*/
import { DurableObject } from "cloudflare:workers";
import { Journal } from "./observe.mjs";

export class Obj extends DurableObject {
  run() {
    const log = new Journal();
    const { ctx } = this;
    log.note("none", ctx.getWebSocketAutoResponse());
    const set = (label, ...args) =>
      log.attempt(label, () =>
        ctx.setWebSocketAutoResponse(new WebSocketRequestResponsePair(...args)),
      );
    set("2048 both", "x".repeat(2048), "y".repeat(2048));
    set("request 2049", "x".repeat(2049), "y");
    set("response 2049", "x", "y".repeat(2049));
    set("1025 é", "é".repeat(1025), "y");
    log.note(
      "kept",
      ctx.getWebSocketAutoResponse().request.length,
      ctx.getWebSocketAutoResponse().response.length,
    );
    set("empty", "", "");
    set("numbers", 1, 2);
    log.note(
      "kept",
      ctx.getWebSocketAutoResponse().request,
      ctx.getWebSocketAutoResponse().response,
    );
    log.attempt("one argument", () => new WebSocketRequestResponsePair("x"));
    log.attempt("no pair", () => ctx.setWebSocketAutoResponse({ request: "a", response: "b" }));
    log.attempt("undefined", () => ctx.setWebSocketAutoResponse(undefined));
    log.note("removed", ctx.getWebSocketAutoResponse());
    const pair = new WebSocketRequestResponsePair("a", "b");
    log.note("pair", pair.constructor.name, Object.keys(pair), pair.request, pair.response);
    log.note("same", (ctx.setWebSocketAutoResponse(pair), ctx.getWebSocketAutoResponse() === pair));
    const [ws, other] = Object.values(new WebSocketPair());
    ctx.acceptWebSocket(ws);
    log.attempt("timestamp", () => ctx.getWebSocketAutoResponseTimestamp(ws));
    log.attempt("timestamp of another", () => ctx.getWebSocketAutoResponseTimestamp(other));
    log.note("no timeout", ctx.getHibernatableWebSocketEventTimeout());
    for (const ms of [1000, 0, 604_800_000, 604_800_001, undefined, 1.5, -1, "5"]) {
      log.attempt(`timeout ${ms}`, () => ctx.setHibernatableWebSocketEventTimeout(ms));
      log.attempt("is", () => ctx.getHibernatableWebSocketEventTimeout());
    }
    return log.text;
  }
}

export default {
  async fetch(_request, { OBJ }) {
    return new Response(await OBJ.getByName("a").run());
  },
};
