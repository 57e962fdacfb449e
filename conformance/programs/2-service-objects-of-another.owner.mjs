/*
object: OBJ Obj sqlite
var: TEXT of the owner
*/
import { DurableObject } from "cloudflare:workers";

export class Obj extends DurableObject {
  async add(n) {
    const total = ((await this.ctx.storage.get("total")) ?? 0) + n;
    await this.ctx.storage.put("total", total);
    return total;
  }
  text() {
    return `${this.env.TEXT} ${this.ctx.id.name}`;
  }
  fail() {
    throw new RangeError("failed");
  }
  async call(f) {
    return f();
  }
  async fetch(request) {
    return new Response(`fetched ${new URL(request.url).pathname}`);
  }
}

export default {
  async fetch(request, { OBJ }) {
    const stub = OBJ.getByName("a");
    if (request.url.endsWith("/id")) return new Response(stub.id.toString());
    return new Response(String(await stub.add(0)));
  },
};
