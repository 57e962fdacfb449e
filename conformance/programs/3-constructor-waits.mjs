/*
spec: 3.4 in the constructor, 3.1
covers: Requests wait for a blockConcurrencyWhile begun in the constructor, not for other asynchronous work
object: GATED Gated
object: LOOSE Loose
*/
import { Journal, pause } from "./observe.mjs";

class Base {
  constructor(ctx) {
    this.ctx = ctx;
    this.log = ["constructed"];
  }
  async prepare() {
    this.log.push("preparing");
    await pause(30);
    await this.ctx.storage.put("ready", true);
    this.log.push("prepared");
  }
  async fetch() {
    this.log.push(`event sees ${await this.ctx.storage.get("ready")}`);
    return Response.json(this.log);
  }
}
export class Gated extends Base {
  constructor(ctx) {
    super(ctx);
    ctx.blockConcurrencyWhile(() => this.prepare());
    this.log.push("end of constructor");
  }
}
export class Loose extends Base {
  constructor(ctx) {
    super(ctx);
    this.preparing = this.prepare();
    this.log.push("end of constructor");
  }
}

export default {
  async fetch(request, env) {
    const log = new Journal();
    for (const binding of ["GATED", "LOOSE"]) {
      const stub = env[binding].getByName("a");
      const answers = await Promise.all([stub.fetch("http://x/"), stub.fetch("http://x/")]);
      for (const answer of answers) log.note(binding, await answer.json());
      await pause(60);
      log.note(`${binding} later`, await (await stub.fetch("http://x/")).json());
    }
    return log.response();
  },
};
