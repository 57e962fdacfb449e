/*
spec: 12 limits, subrequest depth
covers: Chains of calls through objects of 15, 16 and 17 links
object: OBJ Obj
*/
import { DurableObject } from "cloudflare:workers";
import { Journal } from "./observe.mjs";

export class Obj extends DurableObject {
  async fetch(request) {
    const left = Number(new URL(request.url).pathname.slice(1));
    if (left === 0) return new Response("0");
    const rest = await this.env.OBJ.getByName(`link ${left - 1}`).fetch(`http://x/${left - 1}`);
    return new Response(String(Number(await rest.text()) + 1));
  }
}

export default {
  async fetch(request, { OBJ }) {
    const log = new Journal();
    for (const links of [1, 14, 15, 16, 17, 30]) {
      await log.try(`${links}`, async () =>
        (await OBJ.getByName("first").fetch(`http://x/${links}`)).text(),
      );
    }
    return log.response();
  },
};
