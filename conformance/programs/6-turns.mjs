/*
spec: 6 synchronous KV, 4.4
covers: Writes join the turn: an abort takes them back, a timer commits them
object: OBJ Obj sqlite
*/
import { DurableObject } from "cloudflare:workers";
import { asking, pause, perform } from "./observe.mjs";

export class Obj extends DurableObject {
  fetch(request) {
    return perform(this, request);
  }
  abort() {
    this.ctx.storage.kv.put("aborted", 1);
    this.ctx.abort("mine");
  }
  async timer() {
    this.ctx.storage.kv.put("before the timer", 1);
    await pause(1);
    this.ctx.storage.kv.put("after the timer", 1);
    this.ctx.abort("mine");
  }
  async mixed() {
    this.ctx.storage.kv.put("mixed", 1);
    await this.ctx.storage.put("with async", 1);
    await null;
    this.ctx.storage.kv.delete("before the timer");
    this.ctx.abort("mine");
  }
  throws() {
    this.ctx.storage.kv.put("thrown", 1);
    throw new RangeError("mine");
  }
  look(log) {
    log.note(
      "kept",
      [...this.ctx.storage.kv.list()].map(([key]) => key),
    );
  }
}

export default asking("OBJ", ["abort", "look", "timer", "look", "mixed", "look", "throws", "look"]);
