/*
spec: 4.2
covers: A response whose body the object writes over time, with storage and other events between the chunks
object: OBJ Obj sqlite
*/
import { DurableObject } from "cloudflare:workers";
import { noting, pause } from "./observe.mjs";

export class Obj extends DurableObject {
  seen = [];
  fetch() {
    const { readable, writable } = new TransformStream();
    this.ctx.waitUntil(this.write(writable.getWriter()));
    return new Response(readable);
  }
  async write(writer) {
    for (const number of [1, 2, 3]) {
      await this.ctx.storage.put(`chunk ${number}`, number);
      await writer.write(
        new TextEncoder().encode(`chunk ${number} after ${this.seen.length} calls\n`),
      );
      await pause(5);
    }
    await writer.close();
  }
  note() {
    return this.seen.push("noted");
  }
}

export default noting(async (log, { OBJ }) => {
  const stub = OBJ.getByName("a");
  const reader = (await stub.fetch("http://x/")).body.getReader();
  const decoder = new TextDecoder();
  let text = "";
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    text += decoder.decode(value);
    if (text === "chunk 1 after 0 calls\n") await stub.note();
  }
  log.note("lines", text.trim().split("\n").length, text.startsWith("chunk 1 after 0 calls\n"));
  log.note("last", text.trim().split("\n").at(-1));
});
