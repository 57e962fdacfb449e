/*
spec: 11.1 Response
covers: Response with webSocket: statuses, bodies, an end used twice or accepted; the property webSocket
*/
import { Journal } from "./observe.mjs";

export default {
  fetch() {
    const log = new Journal();
    const end = () => Object.values(new WebSocketPair())[0];
    log.attempt(
      "101 with socket",
      () => new Response(null, { status: 101, webSocket: end() }).status,
    );
    log.attempt("101 without socket", () => new Response(null, { status: 101 }).status);
    log.attempt(
      "200 with socket",
      () => new Response(null, { status: 200, webSocket: end() }).status,
    );
    log.attempt("101 with body", () => new Response("x", { status: 101, webSocket: end() }).status);
    log.attempt("null socket", () => new Response(null, { webSocket: null }).webSocket);
    log.attempt("undefined socket", () => new Response(null, { webSocket: undefined }).webSocket);
    log.attempt("no socket", () => new Response("x").webSocket);
    log.attempt("wrong socket", () => new Response(null, { status: 101, webSocket: {} }));
    const accepted = end();
    accepted.accept();
    log.attempt(
      "accepted end",
      () => new Response(null, { status: 101, webSocket: accepted }).status,
    );
    const used = end();
    const response = new Response(null, { status: 101, webSocket: used });
    log.attempt("the same", () => response.webSocket === used);
    log.attempt("used twice", () => new Response(null, { status: 101, webSocket: used }).status);
    log.attempt("clone", () => response.clone().status);
    return log.response();
  },
};
