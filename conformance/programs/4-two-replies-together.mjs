/*
spec: 4.1 reply to an outgoing fetch
covers: Two calls made together by one caller, and two continuations resumed together, lose no update
object: OBJ Obj
object: CALLER Caller
*/
import { DurableObject } from "cloudflare:workers";
import { Journal, pause, toObject } from "./observe.mjs";

export class Obj extends DurableObject {
  async fetch() {
    const value = (await this.ctx.storage.get("value")) ?? 0;
    await this.ctx.storage.put("value", value + 1);
    return new Response(String(value + 1));
  }
}

export class Caller extends DurableObject {
  async increment(key) {
    const value = (await this.ctx.storage.get(key)) ?? 0;
    await this.ctx.storage.put(key, value + 1);
    return value + 1;
  }
  async fetch() {
    const log = new Journal();
    const peers = ["a", "a", "a", "b", "b"].map((name) => this.env.OBJ.getByName(name));
    const replies = await Promise.all(peers.map((peer) => peer.fetch("http://x/")));
    log.note("callee", await Promise.all(replies.map((reply) => reply.text())));
    const resumed = peers.map(async (peer) => {
      await peer.fetch("http://x/");
      return this.increment("replies");
    });
    log.note("resumed by replies", (await Promise.all(resumed)).sort());
    const timers = [5, 5, 5, 5].map(async (ms) => {
      await pause(ms);
      return this.increment("timers");
    });
    log.note("resumed by timers", (await Promise.all(timers)).sort());
    return log.response();
  }
}

export default toObject("CALLER");
