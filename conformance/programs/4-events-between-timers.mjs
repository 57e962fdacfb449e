/*
spec: 4.1 awaiting anything else
covers: While an event awaits a timer or a reply, other events run: the classic lost update
object: OBJ Obj
*/
import { DurableObject } from "cloudflare:workers";
import { Journal, pause } from "./observe.mjs";

export class Obj extends DurableObject {
  log = [];
  async fetch(request) {
    const { pathname } = new URL(request.url);
    if (pathname === "/leaf") return new Response("leaf");
    this.log.push(`${pathname} begins`);
    const value = (await this.ctx.storage.get("value")) ?? 0;
    if (pathname === "/timer") await pause(20);
    if (pathname === "/reply") await this.env.OBJ.getByName("leaf").fetch("http://x/leaf");
    await this.ctx.storage.put("value", value + 1);
    this.log.push(`${pathname} wrote ${value + 1}`);
    return Response.json(this.log);
  }
}

export default {
  async fetch(request, { OBJ }) {
    const log = new Journal();
    for (const path of ["timer", "reply", "plain"]) {
      const stub = OBJ.getByName(path);
      const paths = [path, path, "quick"];
      const answers = await Promise.all(
        paths.map(async (p) => (await stub.fetch(`http://x/${p}`)).json()),
      );
      log.note(path, answers.sort((a, b) => b.length - a.length)[0]);
    }
    return log.response();
  },
};
