/*
spec: platform
covers: FixedLengthStream and IdentityTransformStream: lengths kept, too little, too much; content-length of the answer
request: GET /fixed
request: GET /identity
request: GET /errors
*/
import { Journal } from "./observe.mjs";

const encoder = new TextEncoder();

async function write(writable, ...parts) {
  const writer = writable.getWriter();
  for (const part of parts) await writer.write(encoder.encode(part));
  await writer.close();
}

export default {
  async fetch(request, _env, ctx) {
    const { pathname } = new URL(request.url);
    if (pathname === "/fixed") {
      const { readable, writable } = new FixedLengthStream(11);
      ctx.waitUntil(write(writable, "hello ", "world"));
      return new Response(readable);
    }
    if (pathname === "/identity") {
      const { readable, writable } = new IdentityTransformStream();
      ctx.waitUntil(write(writable, "one ", "two"));
      return new Response(readable);
    }
    const log = new Journal({ texts: false });
    const text = async (stream, ...parts) => {
      const read = new Response(stream.readable).text();
      const results = await Promise.allSettled([write(stream.writable, ...parts), read]);
      return results.map(({ status, value }) => value ?? status);
    };
    await log.try("exact", () => text(new FixedLengthStream(3), "abc"));
    await log.try("too little", () => text(new FixedLengthStream(5), "abc"));
    await log.try("too much", () => text(new FixedLengthStream(2), "abc"));
    await log.try("nothing", () => text(new FixedLengthStream(0)));
    await log.try("bigint", () => text(new FixedLengthStream(3n), "abc"));
    log.attempt("negative", () => new FixedLengthStream(-1));
    log.attempt("no length", () => new FixedLengthStream());
    const identity = new IdentityTransformStream();
    log.note("classes", identity.readable.constructor.name, identity.writable.constructor.name);
    log.note(
      "instance",
      identity instanceof TransformStream,
      new FixedLengthStream(1) instanceof IdentityTransformStream,
    );
    await log.try("a text as a chunk", async () => {
      const text = new Response(identity.readable).text();
      const writer = identity.writable.getWriter();
      await writer.write("é");
      await writer.close();
      return text;
    });
    return log.response();
  },
};
