/*
spec: 11.3 attachments
covers: serializeAttachment of all kinds, copies, the bound of 16,384 bytes, what cannot be stored; null when there is none
object: OBJ Obj sqlite
*/
import { DurableObject } from "cloudflare:workers";
import { Journal } from "./observe.mjs";

export class Obj extends DurableObject {
  attachments() {
    const log = new Journal();
    const [ws, other] = Object.values(new WebSocketPair());
    log.attempt("before accepting", () => ws.deserializeAttachment());
    log.attempt("set before accepting", () => ws.serializeAttachment({ early: 1 }));
    this.ctx.acceptWebSocket(ws);
    log.note("early", ws.deserializeAttachment());
    const values = [
      5,
      "text",
      null,
      undefined,
      { a: [1, new Date(0)] },
      new Map([[1, 2]]),
      new Uint8Array([1, 2]),
      5n,
      new Error("e"),
    ];
    for (const value of values) {
      log.attempt("set", () => ws.serializeAttachment(value));
      log.attempt("got", () => ws.deserializeAttachment());
    }
    const kept = { list: [1] };
    ws.serializeAttachment(kept);
    kept.list.push(2);
    const copy = ws.deserializeAttachment();
    copy.list.push(3);
    log.note(
      "copies",
      ws.deserializeAttachment(),
      ws.deserializeAttachment() === ws.deserializeAttachment(),
    );
    for (const length of [16_378, 16_379, 16_380, 16_381, 16_384, 20_000])
      log.attempt(`${length} characters`, () => ws.serializeAttachment("x".repeat(length)));
    log.note("kept", ws.deserializeAttachment().length);
    log.attempt("function", () => ws.serializeAttachment(() => {}));
    log.attempt("symbol", () => ws.serializeAttachment(Symbol("x")));
    log.attempt("id", () => ws.serializeAttachment(this.ctx.id));
    log.attempt("nothing", () => ws.serializeAttachment());
    log.note("kept", typeof ws.deserializeAttachment());
    other.accept();
    log.attempt("of an accepted one", () => other.deserializeAttachment());
    log.attempt("set of an accepted one", () => other.serializeAttachment(1));
    return log.text;
  }
}

export default {
  async fetch(_request, { OBJ }) {
    return new Response(await OBJ.getByName("a").attachments());
  },
};
