/*
spec: 3.4 during
covers: I/O begun inside a section is delivered: timers, storage, replies of other objects
object: OBJ Obj
object: PEER Peer
*/
import { DurableObject } from "cloudflare:workers";
import { Journal, pause, toObject } from "./observe.mjs";

export class Peer extends DurableObject {
  async fetch() {
    await pause(5);
    return new Response("from the peer");
  }
}

export class Obj extends DurableObject {
  async fetch() {
    const log = new Journal();
    const peer = this.env.PEER.getByName("p");
    await this.ctx.blockConcurrencyWhile(async () => {
      await pause(5);
      log.note("timer");
      await this.ctx.storage.put("k", 1);
      log.note("storage", await this.ctx.storage.get("k"));
      log.note("reply", await (await peer.fetch("http://x/")).text());
      const both = await Promise.all([pause(5), peer.fetch("http://x/"), peer.fetch("http://x/")]);
      log.note("together", both.length, await both[1].text(), await both[2].text());
      setTimeout(() => log.note("timer left behind"), 5);
    });
    log.note("after");
    await pause(20);
    return log.response();
  }
}

export default toObject("OBJ");
