/*
spec: platform
covers: DigestStream of each algorithm, its digest before the end; timingSafeEqual of equal, different and unequal lengths
*/
import { Journal } from "./observe.mjs";

const hex = (buffer) =>
  [...new Uint8Array(buffer)].map((b) => b.toString(16).padStart(2, "0")).join("");

export default {
  async fetch() {
    const log = new Journal({ texts: false });
    for (const algorithm of ["MD5", "SHA-1", "SHA-256", "SHA-384", "SHA-512", "sha-256"]) {
      await log.try(algorithm, async () => {
        const stream = new crypto.DigestStream(algorithm);
        await new Response("hello world").body.pipeTo(stream);
        return hex(await stream.digest);
      });
    }
    log.attempt("unknown", () => new crypto.DigestStream("SHA-3"));
    const stream = new crypto.DigestStream("SHA-256");
    log.note("kind", stream instanceof WritableStream, stream.digest instanceof Promise);
    const writer = stream.getWriter();
    await writer.write(new Uint8Array([1, 2]));
    await writer.write(new Uint8Array([3]).buffer);
    log.note("bytes", stream.bytesWritten);
    await writer.close();
    log.note("digest", hex(await stream.digest));
    const bytes = (...values) => new Uint8Array(values);
    const { subtle } = crypto;
    log.attempt("equal", () => subtle.timingSafeEqual(bytes(1, 2), bytes(1, 2)));
    log.attempt("different", () => subtle.timingSafeEqual(bytes(1, 2), bytes(1, 3)));
    log.attempt("buffer and view", () =>
      subtle.timingSafeEqual(bytes(1, 2).buffer, bytes(0, 1, 2).subarray(1)),
    );
    log.attempt("empty", () => subtle.timingSafeEqual(bytes(), bytes()));
    log.attempt("lengths", () => subtle.timingSafeEqual(bytes(1), bytes(1, 2)));
    log.attempt("text", () => subtle.timingSafeEqual("a", "a"));
    log.attempt("nothing", () => subtle.timingSafeEqual());
    return log.response();
  },
};
