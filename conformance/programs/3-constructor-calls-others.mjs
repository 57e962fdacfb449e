/*
spec: 3.1, 3.4 in the constructor
covers: A constructor's section that calls another object and stores what it answers
object: OBJ Obj
object: SETTINGS Settings
*/
import { DurableObject } from "cloudflare:workers";
import { Journal } from "./observe.mjs";

let asked = 0;

export class Settings extends DurableObject {
  async fetch() {
    return Response.json({ limit: 5, asked: ++asked });
  }
}

export class Obj extends DurableObject {
  constructor(ctx, env) {
    super(ctx, env);
    ctx.blockConcurrencyWhile(async () => {
      this.settings = await ctx.storage.get("settings");
      if (this.settings !== undefined) return;
      this.settings = await (await env.SETTINGS.getByName("s").fetch("http://x/")).json();
      await ctx.storage.put("settings", this.settings);
    });
  }
  async fetch(request) {
    if (request.url.endsWith("/abort")) this.ctx.abort("again");
    return Response.json([this.settings, await this.ctx.storage.get("settings")]);
  }
}

export default {
  async fetch(request, { OBJ }) {
    const log = new Journal();
    const ask = (path) => async () => (await OBJ.getByName("a").fetch(`http://x/${path}`)).json();
    const together = await Promise.all([ask("")(), ask("")(), ask("")()]);
    log.note("together", together);
    await log.try("abort", ask("abort"));
    await log.try("after", ask(""));
    return log.response();
  },
};
