/*
spec: 3.4 during
covers: Not even replies to requests issued before a section are delivered during it; a timer set before it waits
object: OBJ Obj
object: PEER Peer
*/
import { DurableObject } from "cloudflare:workers";
import { Journal, pause, toObject } from "./observe.mjs";

export class Peer extends DurableObject {
  async fetch() {
    return new Response("reply");
  }
}

export class Obj extends DurableObject {
  async fetch() {
    const log = new Journal();
    const peer = this.env.PEER.getByName("p");
    await peer.fetch("http://x/");
    const reply = peer.fetch("http://x/").then(() => log.note("reply to a request from before"));
    const section = this.ctx.blockConcurrencyWhile(async () => {
      log.note("section begins");
      for (let i = 0; i < 3; i++) {
        await peer.fetch("http://x/");
        log.note(`section ${i}`);
      }
      log.note("section ends");
    });
    await Promise.all([reply, section]);
    const timer = pause(40).then(() => log.note("timer from before"));
    await this.ctx.blockConcurrencyWhile(async () => {
      const end = Date.now() + 100;
      while (Date.now() < end) await peer.fetch("http://x/");
      log.note("second section ends");
    });
    await timer;
    return log.response();
  }
}

export default toObject("OBJ");
