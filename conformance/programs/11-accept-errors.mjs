/*
spec: 11.1 errors
covers: Every error of accepting: accepted before, twice, pair used, accept after, too many tags, long tags, send before, not a socket
object: OBJ Obj sqlite
*/
import { DurableObject } from "cloudflare:workers";
import { Journal } from "./observe.mjs";

const tags = (count) => Array.from({ length: count }, (_, i) => `t${i}`);

export class Obj extends DurableObject {
  fresh() {
    return Object.values(new WebSocketPair())[0];
  }
  async errors() {
    const log = new Journal();
    const { ctx } = this;
    const accepted = this.fresh();
    accepted.accept();
    log.attempt("accepted before", () => ctx.acceptWebSocket(accepted));
    const twice = this.fresh();
    ctx.acceptWebSocket(twice);
    log.attempt("twice", () => ctx.acceptWebSocket(twice));
    log.attempt("accept after", () => twice.accept());
    const [c, d] = Object.values(new WebSocketPair());
    c.accept();
    log.attempt("other end accepted", () => ctx.acceptWebSocket(d));
    const [e, f] = Object.values(new WebSocketPair());
    ctx.acceptWebSocket(e);
    log.attempt("both ends", () => ctx.acceptWebSocket(f));
    const [g, h] = Object.values(new WebSocketPair());
    new Response(null, { status: 101, webSocket: g });
    log.attempt("other end in a response", () => ctx.acceptWebSocket(h));
    log.attempt("send before accepting", () => this.fresh().send("x"));
    log.attempt("close before accepting", () => this.fresh().close());
    log.attempt("10 tags", () => ctx.acceptWebSocket(this.fresh(), tags(10)));
    log.attempt("11 tags", () => ctx.acceptWebSocket(this.fresh(), tags(11)));
    log.attempt("11 tags, first repeated early", () =>
      ctx.acceptWebSocket(this.fresh(), ["t0", ...tags(10)]),
    );
    log.attempt("11 tags, repeated last", () =>
      ctx.acceptWebSocket(this.fresh(), [...tags(10), "t0"]),
    );
    log.attempt("many repeats", () => ctx.acceptWebSocket(this.fresh(), Array(30).fill("same")));
    log.attempt("256 bytes", () => ctx.acceptWebSocket(this.fresh(), ["x".repeat(256)]));
    log.attempt("257 bytes", () => ctx.acceptWebSocket(this.fresh(), ["x".repeat(257)]));
    log.attempt("128 é", () => ctx.acceptWebSocket(this.fresh(), ["é".repeat(128)]));
    log.attempt("129 é", () => ctx.acceptWebSocket(this.fresh(), ["é".repeat(129)]));
    log.attempt("numbers", () => ctx.acceptWebSocket(this.fresh(), [5, null]));
    log.attempt("a text", () => ctx.acceptWebSocket(this.fresh(), "tag"));
    log.attempt("no socket", () => ctx.acceptWebSocket({}));
    log.attempt("nothing", () => ctx.acceptWebSocket());
    log.note("attached", ctx.getWebSockets().length, ctx.getWebSockets("same").length);
    log.note(
      "tags",
      ctx.getTags(ctx.getWebSockets("same")[0]),
      ctx.getTags(ctx.getWebSockets("5")[0]),
    );
    log.attempt("tags of a fresh one", () => ctx.getTags(this.fresh()));
    log.attempt("tags of an accepted one", () => ctx.getTags(accepted));
    return log.text;
  }
}

export default {
  async fetch(_request, { OBJ }) {
    return new Response(await OBJ.getByName("a").errors());
  },
};
