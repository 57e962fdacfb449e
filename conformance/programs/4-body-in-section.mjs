/*
spec: 4.1 stream data
covers: Chunks of a body that arrive while a section runs are delivered in it when it reads them, and after it when another event does
object: OBJ Obj
*/
import { DurableObject } from "cloudflare:workers";
import { noting, pause } from "./observe.mjs";

const encoder = new TextEncoder();
const decoder = new TextDecoder();

export class Obj extends DurableObject {
  seen = [];
  async fetch(request) {
    const reader = request.body.getReader();
    for (;;) {
      const { done, value } = await reader.read();
      if (done) break;
      this.seen.push(decoder.decode(value));
    }
    return new Response();
  }
  async section() {
    await this.ctx.blockConcurrencyWhile(async () => {
      this.seen.push("section begins");
      await pause(40);
      this.seen.push("section ends");
    });
  }
  async readInside(stream) {
    return this.ctx.blockConcurrencyWhile(async () => {
      const text = await new Response(stream).text();
      return `read inside: ${text}`;
    });
  }
  order() {
    return this.seen;
  }
}

export default noting(async (log, { OBJ }) => {
  const stub = OBJ.getByName("a");
  const { readable, writable } = new TransformStream();
  const writer = writable.getWriter();
  const fetched = stub.fetch("http://x/", { method: "POST", body: readable });
  await writer.write(encoder.encode("before"));
  await pause(10);
  const section = stub.section();
  await pause(10);
  const written = writer.write(encoder.encode("during"));
  await section;
  await written;
  await writer.close();
  await fetched;
  log.note("order", await stub.order());
  const other = new TransformStream();
  const inside = stub.readInside(other.readable);
  const second = other.writable.getWriter();
  for (const part of ["a", "b", "c"]) await second.write(encoder.encode(part));
  await second.close();
  log.note("inside", await inside);
});
