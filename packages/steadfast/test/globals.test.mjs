// Globals of a Worker that Node lacks, in an entry worker and in an object.
import assert from "node:assert/strict";
import { get } from "node:http";
import { text } from "node:stream/consumers";
import { test } from "node:test";
import { attach, Server, Steadfast } from "steadfast";

const encode = (text) => new TextEncoder().encode(text);

/** Runs `code` in a worker, and again in an object of it; gives what both return, which must be equal. */
async function inWorker(t, code) {
  class Here {
    async fetch() {
      return Response.json((await code()) ?? null);
    }
  }
  const worker = {
    async fetch(request, env) {
      const inEntry = (await code()) ?? null;
      const answer = await env.HERE.getByName("a").fetch(request);
      assert.deepEqual(await answer.json(), inEntry);
      return Response.json(inEntry);
    },
  };
  const app = await Steadfast.start({ worker, durableObjects: { HERE: Here } });
  t.after(() => app.stop());
  return (await app.fetch("http://app/")).json();
}

test("says that it is a Worker", async (t) => {
  const seen = await inWorker(t, () => [
    navigator.userAgent,
    Object.prototype.toString.call(navigator),
    self === globalThis,
    typeof reportError,
  ]);
  assert.deepEqual(seen, ["Cloudflare-Workers", "[object Navigator]", true, "function"]);
});

test("compares in equal time", async (t) => {
  const same = (a, b) => {
    try {
      return crypto.subtle.timingSafeEqual(a, b);
    } catch (error) {
      return `${error.name}: ${error.message}`;
    }
  };
  const not = (position) =>
    `TypeError: Failed to execute 'timingSafeEqual' on 'SubtleCrypto': ` +
    `parameter ${position} is not of type 'JsBufferSource'.`;
  const seen = await inWorker(t, () => [
    same(encode("abc"), encode("abc")),
    same(encode("abc"), encode("abd")),
    same(encode("abc"), encode("ab")),
    same(encode("abc").buffer, new DataView(encode("abc").buffer)),
    same(new Uint16Array([1]), new Uint8Array([1, 0])),
    same("abc", "abc"),
    same(encode("a")),
  ]);
  const lengths = "TypeError: Input buffers must have the same byte length.";
  assert.deepEqual(seen, [true, false, lengths, true, true, not(1), not(2)]);
});

test("digests a stream", async (t) => {
  const hex = (buffer) => Buffer.from(buffer).toString("hex").slice(0, 8);
  const digest = async (algorithm, chunks) => {
    const stream = new crypto.DigestStream(algorithm);
    const writer = stream.getWriter();
    for (const chunk of chunks) await writer.write(chunk);
    await writer.close();
    return `${hex(await stream.digest)} ${stream.bytesWritten}`;
  };
  const seen = await inWorker(t, async () => {
    const results = [];
    for (const algorithm of ["MD5", "SHA-1", "sha-256", { name: "SHA-384" }, "SHA-512"]) {
      results.push(await digest(algorithm, [encode("hello").buffer, encode(" world")]));
    }
    const piped = new crypto.DigestStream("SHA-1");
    await new Response("hello world").body.pipeTo(piped);
    results.push(hex(await piped.digest));
    return results;
  });
  assert.deepEqual(seen, [
    "5eb63bbb 11",
    "2aae6c35 11",
    "b94d27b9 11",
    "fdbd8e75 11",
    "309ecc48 11",
    "2aae6c35",
  ]);
});

test("refuses what cannot be digested", async (t) => {
  const failure = async (code) => {
    try {
      await code();
    } catch (error) {
      return `${error.name}: ${error.message}`;
    }
    return "nothing";
  };
  const seen = await inWorker(t, async () => [
    await failure(() => new crypto.DigestStream("SHA-3")),
    await failure(() => new crypto.DigestStream("SHA-1").getWriter().write(5)),
    await failure(async () => {
      const stream = new crypto.DigestStream("SHA-1");
      await stream.abort(new Error("given up"));
      await stream.digest;
    }),
  ]);
  assert.deepEqual(seen, [
    "NotSupportedError: Unrecognized or unimplemented digest algorithm requested.",
    "TypeError: DigestStream is a byte stream but received an object of " +
      "non-ArrayBuffer/ArrayBufferView/string type on its writable side.",
    "Error: given up",
  ]);
});

test("passes bytes on as they are read", async (t) => {
  const seen = await inWorker(t, async () => {
    const { readable, writable } = new IdentityTransformStream();
    const writer = writable.getWriter();
    const events = [];
    const written = writer.write(encode("abcd")).then(() => events.push("written"));
    const reader = readable.getReader({ mode: "byob" });
    for (let read = 0; read < 2; read += 1) {
      const { value } = await reader.read(new Uint8Array(3));
      events.push(new TextDecoder().decode(value));
    }
    await written;
    const end = reader.read(new Uint8Array(3));
    await writer.close();
    events.push((await end).done);
    return events;
  });
  assert.deepEqual(seen, ["abc", "d", "written", true]);
});

test("keeps the writer's bytes, and is told of a reader that gives up", async (t) => {
  const seen = await inWorker(t, async () => {
    const kept = new IdentityTransformStream();
    const bytes = encode("ab");
    const write = kept.writable.getWriter().write(bytes);
    const text = new TextDecoder().decode((await kept.readable.getReader().read()).value);
    await write;
    const left = new IdentityTransformStream();
    const pending = left.writable.getWriter().write(encode("x"));
    await left.readable.cancel(new Error("enough"));
    const why = await pending.then(
      () => "written",
      (error) => error.message,
    );
    const aborted = new IdentityTransformStream();
    const read = aborted.readable.getReader().read();
    const gone = read.catch((error) => error.message);
    await aborted.writable.abort(new Error("broken"));
    return [text, bytes.byteLength, why, await gone];
  });
  assert.deepEqual(seen, ["ab", 2, "enough", "broken"]);
});

test("takes bytes, and texts as their UTF-8, and nothing else", async (t) => {
  const seen = await inWorker(t, async () => {
    const { readable, writable } = new IdentityTransformStream();
    const written = writable.getWriter().write("é");
    const { value } = await readable.getReader().read();
    await written;
    const refused = await new IdentityTransformStream().writable
      .getWriter()
      .write(5)
      .catch((error) => `${error.name}: ${error.message}`);
    return [[...value], refused];
  });
  assert.deepEqual(seen, [
    [0xc3, 0xa9],
    "TypeError: This TransformStream is being used as a byte stream, but received " +
      "an object of non-ArrayBuffer/ArrayBufferView type on its writable side.",
  ]);
});

test("counts the bytes of a stream of fixed length", async (t) => {
  const through = async (length, chunks) => {
    const { readable, writable } = new FixedLengthStream(length);
    const writing = (async () => {
      const writer = writable.getWriter();
      for (const chunk of chunks) await writer.write(encode(chunk));
      await writer.close();
    })();
    const results = await Promise.allSettled([writing, new Response(readable).text()]);
    return results.map(({ value, reason }) => reason?.message ?? value ?? "done");
  };
  const made = (length) => {
    try {
      return new FixedLengthStream(length) instanceof IdentityTransformStream;
    } catch (error) {
      return `${error.name}: ${error.message}`;
    }
  };
  const seen = await inWorker(t, async () => [
    await through(4, ["ab", "cd"]),
    await through(0n, []),
    await through(3, ["ab", "cd"]),
    await through(5, ["ab"]),
    made(1.5),
    made(-1),
    made(undefined),
    made(2 ** 53),
  ]);
  const many = "Attempt to write too many bytes through a FixedLengthStream.";
  const few = "FixedLengthStream did not see all expected bytes before close().";
  assert.deepEqual(seen, [
    ["done", "abcd"],
    ["done", ""],
    [many, many],
    ["done", few],
    true,
    "TypeError: The value cannot be converted because it is negative and this API expects a positive bigint.",
    "TypeError: The value cannot be converted because it is not an integer.",
    "TypeError: FixedLengthStream requires an integer expected length less than 2^53.",
  ]);
});

test("announces a body of fixed length", async (t) => {
  const fetch = () => {
    const { readable, writable } = new FixedLengthStream(5);
    const writer = writable.getWriter();
    writer.write(encode("hello")).then(() => writer.close());
    return new Response(readable);
  };
  const server = await Server.start({ host: "127.0.0.1", port: 0, storage: "memory" });
  const { detach } = await attach(server.token, {
    module: { default: { fetch } },
    name: "lengths",
    durableObjects: [],
    vars: {},
  });
  t.after(async () => {
    detach();
    await server.stop(0);
  });
  const { headers, body } = await new Promise((resolve, reject) => {
    get({ port: server.port }, async (response) => {
      resolve({ headers: response.headers, body: await text(response) });
    }).on("error", reject);
  });
  assert.equal(body, "hello");
  assert.deepEqual([headers["content-length"], headers["transfer-encoding"]], ["5", undefined]);
});
