// Streams that were sent: whose they are, what becomes of chunks, and of streams whose other end has gone.
import assert from "node:assert/strict";
import { test } from "node:test";
import { rejection, start, told } from "./rpc.mjs";

const encode = (text) => new TextEncoder().encode(text);

async function textOf(stream) {
  let text = "";
  for await (const chunk of stream) text += new TextDecoder().decode(chunk);
  return text;
}

/** A stream of these chunks; pulled one at a time. */
function streamOf(...chunks) {
  return new ReadableStream({
    pull(controller) {
      if (chunks.length === 0) controller.close();
      else controller.enqueue(chunks.shift());
    },
  });
}

function recorder() {
  const got = [];
  const stream = new WritableStream({
    write(chunk) {
      got.push(chunk instanceof Uint8Array ? new TextDecoder().decode(chunk) : typeof chunk);
    },
    close() {
      got.push("closed");
    },
    abort(reason) {
      got.push(`aborted: ${reason.message}`);
    },
  });
  return { got, stream };
}

const methods = {
  read(stream) {
    return textOf(stream);
  },
  make(kind) {
    if (kind === "bytes") return streamOf(encode("one "), encode("two"));
    if (kind === "text") return streamOf("te", "xt");
    if (kind === "objects") return streamOf({ a: 1 });
    if (kind === "failing") {
      return new ReadableStream({
        start(controller) {
          controller.error(new TypeError("source"));
        },
      });
    }
    const stream = streamOf(encode("x"));
    stream.getReader();
    return stream;
  },
  sink() {
    const { got, stream } = recorder();
    this.got = got;
    return stream;
  },
  received() {
    return this.got;
  },
  async write(stream, ...chunks) {
    const writer = stream.getWriter();
    for (const chunk of chunks) await writer.write(chunk);
    await writer.close();
    return "written";
  },
  async abandon(stream) {
    await stream.abort(new TypeError("mine"));
  },
  dropped() {
    this.ctx.abort("dropped");
  },
  endless() {
    return new ReadableStream({
      async pull(controller) {
        await new Promise((resolve) => setTimeout(resolve, 1));
        controller.enqueue(encode("."));
      },
    });
  },
  pair() {
    const { readable, writable } = new TransformStream();
    return { readable, writable };
  },
};

test("a stream to read is its receiver's, chunk by chunk", async (t) => {
  const run = await start(t, methods);
  await run(async (stub) => {
    const sent = streamOf(encode("a"), encode("b"), encode("c"));
    const reading = stub().read(sent);
    assert.equal(sent.locked, true);
    assert.equal(await reading, "abc");
    assert.equal(await textOf(await stub().make("bytes")), "one two");
    assert.equal(await textOf(await stub().make("text")), "text");
    const chunk = await (await stub().make("bytes")).getReader().read();
    assert.ok(chunk.value instanceof Uint8Array);
    const byob = (await stub().make("bytes")).getReader({ mode: "byob" });
    assert.deepEqual([...(await byob.read(new Uint8Array(2))).value], [...encode("on")]);
  });
});

test("a stream that fails, or has no bytes, ends before its time", async (t) => {
  const run = await start(t, methods);
  const early = "ReadableStream received over RPC disconnected prematurely.";
  await run(async (stub) => {
    assert.equal((await rejection(textOf(await stub().make("failing")))).message, early);
    assert.equal((await rejection(textOf(await stub().make("objects")))).message, early);
    assert.deepEqual(await told(stub().make("locked")), [
      "TypeError",
      "The ReadableStream has been locked to a reader.",
      { remote: true },
    ]);
    const endless = await stub().endless();
    const reader = endless.getReader();
    await reader.read();
    await rejection(stub().dropped());
    assert.equal((await rejection(drain(reader))).message, early);
  });
});

async function drain(reader) {
  while (!(await reader.read()).done);
}

test("a stream to write to takes bytes and text, and is closed and aborted by its receiver", async (t) => {
  const run = await start(t, methods);
  await run(async (stub) => {
    const { got, stream } = recorder();
    assert.equal(await stub().write(stream, encode("bytes"), "text"), "written");
    assert.equal(stream.locked, true);
    assert.deepEqual(got, ["bytes", "text", "closed"]);

    const writer = (await stub().sink()).getWriter();
    await writer.write("one");
    await writer.write(encode("two"));
    await writer.close();
    assert.deepEqual([...(await stub().received())], ["one", "two", "closed"]);

    const wrong = (await stub().sink()).getWriter();
    assert.match((await rejection(wrong.write({}))).message, /^This TransformStream is being used/);

    const aborted = recorder();
    await stub().abandon(aborted.stream);
    await stub().received();
    assert.deepEqual(aborted.got, [
      "aborted: WritableStream received over RPC was disconnected because the remote execution context has ended.",
    ]);
  });
});

test("both ends of a pair can be sent, and pipe through the object", async (t) => {
  const run = await start(t, methods);
  await run(async (stub) => {
    const { readable, writable } = await stub().pair();
    const text = new Response(readable).text();
    await streamOf(encode("through "), encode("there")).pipeTo(writable);
    assert.equal(await text, "through there");
  });
});
