/*
spec: 2.4 ownership moves
covers: Byte streams as arguments and results, in both directions; the sender's stream is locked or used afterwards
object: OBJ Obj
*/
import { DurableObject } from "cloudflare:workers";
import { noting } from "./observe.mjs";

function bytes(...chunks) {
  const encoder = new TextEncoder();
  return new ReadableStream({
    type: "bytes",
    async pull(controller) {
      const chunk = chunks.shift();
      if (chunk === undefined) controller.close();
      else controller.enqueue(encoder.encode(chunk));
    },
  });
}

export class Obj extends DurableObject {
  written = "";
  async read(stream) {
    return new Response(stream).text();
  }
  make(...chunks) {
    return bytes(...chunks);
  }
  response() {
    return new Response(bytes("from ", "a response")).body;
  }
  sink() {
    const { readable, writable } = new TransformStream();
    this.done = new Response(readable).text();
    return writable;
  }
  result() {
    return this.done;
  }
  async write(stream) {
    const writer = stream.getWriter();
    for (const part of ["one ", "two ", "three"])
      await writer.write(new TextEncoder().encode(part));
    await writer.close();
    return "written";
  }
  echo(stream) {
    return stream;
  }
  inObject() {
    return { stream: bytes("nested"), n: 1 };
  }
}

export default noting(async (log, { OBJ }) => {
  const stub = OBJ.getByName("a");
  const given = bytes("a", "b", "c");
  await log.try("argument", () => stub.read(given));
  log.note("afterwards locked", given.locked);
  await log.try("sent again", () => stub.read(given));
  await log.try("result", async () => new Response(await stub.make("x", "y")).text());
  await log.try("body of a response", async () => new Response(await stub.response()).text());
  const sink = await stub.sink();
  const writer = sink.getWriter();
  await writer.write(new TextEncoder().encode("into "));
  await writer.write(new TextEncoder().encode("the sink"));
  await writer.close();
  log.note("sink", sink instanceof WritableStream, await stub.result());
  const { readable, writable } = new TransformStream();
  const text = new Response(readable).text();
  log.note("writable argument", await stub.write(writable), await text);
  await log.try("there and back", async () =>
    new Response(await stub.echo(bytes("e", "cho"))).text(),
  );
  const { stream, n } = await stub.inObject();
  log.note("inside an object", n, await new Response(stream).text());
  await log.try("locked", () => {
    const stream = bytes("x");
    stream.getReader();
    return stub.read(stream);
  });
});
