/*
spec: 4.1 awaiting anything else, 3.4
covers: One object calls two others and itself from a section; the section's own calls are answered, others wait
object: OBJ Obj
*/
import { DurableObject } from "cloudflare:workers";
import { Journal } from "./observe.mjs";

const trace = [];

export class Obj extends DurableObject {
  async fetch(request) {
    const { pathname } = new URL(request.url);
    trace.push(`${this.ctx.id.name} ${pathname}`);
    if (pathname === "/section") {
      await this.ctx.blockConcurrencyWhile(async () => {
        for (const name of ["left", "right"]) {
          const text = await (await this.env.OBJ.getByName(name).fetch("http://x/leaf")).text();
          trace.push(`${name} answered ${text}`);
        }
      });
      trace.push("section over");
    }
    return new Response(this.ctx.id.name);
  }
}

export default {
  async fetch(request, { OBJ }) {
    const log = new Journal();
    const stub = OBJ.getByName("root");
    await Promise.all([
      stub.fetch("http://x/section"),
      stub.fetch("http://x/after"),
      stub.fetch("http://x/last"),
    ]);
    for (const line of trace) log.note(line);
    return log.response();
  },
};
