/*
spec: 12 limits
covers: Bounds that are not enforced locally: many objects, long names, many keys of one object, a large body
object: OBJ Obj
request: POST /big {"headers": {"x-long": "0123456789012345678901234567890123456789012345678901234567890123456789"}, "body": "small"}
*/
import { DurableObject } from "cloudflare:workers";
import { Journal } from "./observe.mjs";

export class Obj extends DurableObject {
  async fetch(request) {
    const bytes = (await request.arrayBuffer()).byteLength;
    await this.ctx.storage.put("bytes", bytes);
    const keys = Object.fromEntries(
      Array.from({ length: 300 }, (_, i) => [`key ${i}`, "v".repeat(100)]),
    );
    await this.ctx.storage.put(keys);
    return Response.json([
      bytes,
      (await this.ctx.storage.list()).size,
      request.headers.get("x-long")?.length,
    ]);
  }
}

export default {
  async fetch(request, { OBJ }) {
    const log = new Journal();
    log.note("client", await (await OBJ.getByName("client").fetch(request)).json());
    for (const bytes of [0, 1, 65_536, 2_000_000]) {
      const response = await OBJ.getByName(`body ${bytes}`).fetch("http://x/", {
        method: "POST",
        body: new Uint8Array(bytes),
      });
      log.note(`body of ${bytes}`, await response.json());
    }
    const many = Array.from({ length: 60 }, (_, i) =>
      OBJ.getByName(`${"long name ".repeat(50)}${i}`),
    );
    const answers = await Promise.all(
      many.map(async (stub) => (await stub.fetch("http://x/")).json()),
    );
    log.note(
      "objects",
      answers.length,
      answers.every(([, keys]) => keys === 301),
    );
    return log.response();
  },
};
