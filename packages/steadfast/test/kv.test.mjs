// KV namespaces. Texts and results are those of workerd with miniflare's storage.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Steadfast } from "../dist/index.js";
import { Command, get } from "./command.mjs";
import { project } from "./project.mjs";

/** The namespace of an app; `clock` moves the app's time. */
async function namespace(t, options = {}) {
  const app = await Steadfast.start({ kvNamespaces: ["KV"], ...options });
  t.after(() => app.stop());
  return { app, kv: app.env.KV };
}

/** The names of a listing. */
const names = ({ keys }) => keys.map(({ name }) => name);

/** Asserts how each call fails. */
async function fails(cases) {
  for (const [call, message, name = "Error"] of cases) {
    await assert.rejects(call, { name, message });
  }
}

test("keeps text and bytes", async (t) => {
  const { kv } = await namespace(t);
  assert.equal(await kv.get("a"), null);
  assert.equal(await kv.put("a", "text é"), undefined);
  assert.equal(await kv.get("a"), "text é");
  assert.equal(await kv.get("a", { type: "text" }), "text é");
  await kv.put("a", new Uint8Array([0, 1, 2, 255]).subarray(1));
  assert.deepEqual(new Uint8Array(await kv.get("a", "arrayBuffer")), new Uint8Array([1, 2, 255]));
  await kv.put("a", new Response('{"x":1}').body);
  assert.deepEqual(await kv.get("a", "json"), { x: 1 });
  assert.equal(await new Response(await kv.get("a", "stream")).text(), '{"x":1}');
  await kv.put("a", 5);
  assert.equal(await kv.get("a"), "5");
  await kv.put("a", "");
  assert.deepEqual(await kv.getWithMetadata("a"), {
    value: "",
    metadata: null,
    cacheStatus: null,
  });
  await kv.delete("a");
  await kv.delete("a");
  assert.equal(await kv.get("a"), null);
});

test("keeps 25 MiB in one value, and no more", async (t) => {
  const { kv } = await namespace(t);
  const value = new Uint8Array(25 * 1024 * 1024).map((_, at) => at % 251);
  await kv.put("large", value);
  assert.deepEqual(Buffer.from(await kv.get("large", "arrayBuffer")), Buffer.from(value));
  await kv.put("large", value.subarray(0, 1024 * 1024 + 1));
  assert.equal((await kv.get("large", "arrayBuffer")).byteLength, 1024 * 1024 + 1);
  const more = new Uint8Array(value.byteLength + 1);
  await fails([
    [
      kv.put("large", more),
      "KV PUT failed: 413 Value length of 26214401 exceeds limit of 26214400.",
    ],
  ]);
});

test("refuses what it cannot keep", async (t) => {
  const { kv } = await namespace(t);
  const long = "é".repeat(300);
  const tooLong = "414 UTF-8 encoded length of 600 exceeds key length limit of 512.";
  const types =
    'Unknown response type. Possible types are "text", "arrayBuffer", "json", and "stream".';
  await fails([
    [kv.put("", "v"), "Key name cannot be empty.", "TypeError"],
    [kv.get("."), '"." is not allowed as a key name.', "TypeError"],
    [kv.delete(".."), '".." is not allowed as a key name.', "TypeError"],
    [kv.put(long, "v"), `KV PUT failed: ${tooLong}`],
    [kv.get(long), `KV GET failed: ${tooLong}`],
    [kv.delete(long), `KV DELETE failed: ${tooLong}`],
    [kv.list({ prefix: long }), `KV GET failed: ${tooLong}`],
    [kv.put("a", {}), /^KV put\(\) accepts only strings, ArrayBuffers/, "TypeError"],
    [kv.put("a"), /parameter 2 is not of type 'string or JsObject'/, "TypeError"],
    [kv.put("a", "v", 5), /parameter 3 is not of type 'PutOptions'/, "TypeError"],
    [kv.get("a", "nope"), types, "TypeError"],
    [kv.get("a", { cacheTtl: 29 }), /400 Invalid cache_ttl of 29. Cache TTL must be at least 30./],
    [
      kv.put("a", "v", { metadata: "x".repeat(1023) }),
      "KV PUT failed: 413 Metadata length of 1025 exceeds limit of 1024.",
    ],
    [kv.list({ limit: 1001 }), /400 Invalid key_count_limit of 1001. Please specify an integer/],
    [kv.get.call({}, "a"), /^Illegal invocation/, "TypeError"],
  ]);
  await kv.put("a", "text");
  await assert.rejects(kv.get("a", "json"), SyntaxError);
});

test("lets values go", async (t) => {
  const { app, kv } = await namespace(t, { clock: { now: "2026-01-01T00:00:00Z" } });
  const now = Date.parse("2026-01-01T00:00:00Z") / 1000;
  await kv.put("ttl", "v", { expirationTtl: 60 });
  await kv.put("time", "v", { expiration: now + 120 });
  await kv.put("kept", "v", { expirationTtl: 60 });
  await kv.put("kept", "v");
  assert.deepEqual((await kv.list()).keys, [
    { name: "kept" },
    { name: "time", expiration: now + 120 },
    { name: "ttl", expiration: now + 60 },
  ]);
  await app.clock.advance(59_999);
  assert.equal(await kv.get("ttl"), "v");
  await app.clock.advance(1);
  assert.equal(await kv.get("ttl"), null);
  assert.deepEqual(names(await kv.list()), ["kept", "time"]);
  await app.clock.advance(60_000);
  assert.deepEqual(names(await kv.list()), ["kept"]);
  const ttl = "KV PUT failed: 400 Invalid expiration_ttl of";
  const time = "KV PUT failed: 400 Invalid expiration of";
  await fails([
    [kv.put("a", "v", { expirationTtl: 0 }), `${ttl} 0. Please specify integer greater than 0.`],
    [kv.put("a", "v", { expirationTtl: 59 }), `${ttl} 59. Expiration TTL must be at least 60.`],
    [
      kv.put("a", "v", { expiration: 1 }),
      `${time} 1. Please specify integer greater than the current number of seconds since the UNIX epoch.`,
    ],
    [
      kv.put("a", "v", { expiration: now + 179 }),
      `${time} ${now + 179}. Expiration times must be at least 60 seconds in the future.`,
    ],
  ]);
});

test("keeps metadata beside a value", async (t) => {
  const { kv } = await namespace(t);
  await kv.put("a", '{"v":1}', { metadata: { m: [1] } });
  assert.deepEqual(await kv.getWithMetadata("a", "json"), {
    value: { v: 1 },
    metadata: { m: [1] },
    cacheStatus: null,
  });
  assert.deepEqual((await kv.list()).keys, [{ name: "a", metadata: { m: [1] } }]);
  await kv.put("a", "v");
  assert.deepEqual((await kv.list()).keys, [{ name: "a" }]);
});

test("lists in the order of bytes, part by part", async (t) => {
  const { kv } = await namespace(t);
  const keys = ["p:1", "p:2", "p:Z", "p:é", "p:\uFF5E", "p:\u{1F600}"];
  for (const key of [...keys].reverse()) await kv.put(key, "v");
  await kv.put("o", "v");
  await kv.put("q", "v");
  assert.deepEqual(names(await kv.list({ prefix: "p:" })), keys);
  const found = [];
  let cursor;
  let complete = false;
  while (!complete) {
    const part = await kv.list({ prefix: "p:", limit: 2, cursor });
    found.push(names(part));
    ({ cursor, list_complete: complete } = part);
  }
  assert.deepEqual(found, [keys.slice(0, 2), keys.slice(2, 4), keys.slice(4)]);
  assert.equal(cursor, undefined);
  assert.deepEqual(await kv.list({ prefix: "none" }), {
    keys: [],
    list_complete: true,
    cacheStatus: null,
  });
});

test("gets several at once", async (t) => {
  const { kv } = await namespace(t);
  await kv.put("a", '{"x":1}', { metadata: 1 });
  await kv.put("b", "no json");
  assert.deepEqual(
    await kv.get(["a", "none", "a"]),
    new Map([
      ["a", '{"x":1}'],
      ["none", null],
    ]),
  );
  assert.deepEqual(await kv.get(["a"], "json"), new Map([["a", { x: 1 }]]));
  const withMetadata = await kv.getWithMetadata(["a", "none"]);
  assert.deepEqual(withMetadata.get("a"), { value: '{"x":1}', metadata: 1 });
  assert.equal(withMetadata.get("none"), null);
  const bulk = "KV GET_BULK failed: 400";
  const many = Array.from({ length: 101 }, (_, at) => `k${at}`);
  await fails([
    [kv.get([]), `${bulk} You must request a minimum of 1 key`],
    [kv.get(many), `${bulk} You can request a maximum of 100 keys`],
    [kv.get(["a"], "stream"), `${bulk} "stream" is not a valid type. Use "json" or "text"`],
    [kv.get([""]), `${bulk} Key names must not be empty`],
    [
      kv.get(["b"], "json"),
      `${bulk} At least one of the requested keys corresponds to a non-json value`,
    ],
  ]);
});

test("shares the values of one id, and of no other", async (t) => {
  const { app } = await namespace(t, { kvNamespaces: { A: "one", B: "one", C: "two" } });
  const { A, B, C } = app.env;
  await A.put("k", "v");
  assert.deepEqual([await B.get("k"), await C.get("k")], ["v", null]);
});

test("shares the values of one id between workers", async (t) => {
  const reader = { fetch: async (_request, env) => new Response(await env.KV.get("k")) };
  const app = await Steadfast.start({
    workers: [
      { name: "writer", kvNamespaces: ["KV"], serviceBindings: { READER: "reader" } },
      { name: "reader", worker: reader, kvNamespaces: ["KV"] },
    ],
  });
  t.after(() => app.stop());
  await app.env.KV.put("k", "shared");
  assert.equal(await (await app.env.READER.fetch("http://reader/")).text(), "shared");
});

test("is there in objects, whose writes come first", async (t) => {
  class Writer {
    constructor(state, env) {
      this.state = state;
      this.env = env;
    }
    async fetch() {
      this.state.storage.put("own", 1);
      await this.env.KV.put("k", "from an object");
      return new Response(await this.env.KV.get("k"));
    }
  }
  const { app } = await namespace(t, { durableObjects: { WRITER: Writer } });
  const answer = await app.env.WRITER.getByName("a").fetch("http://object/");
  assert.equal(await answer.text(), "from an object");
});

test("leaves its keys to no class of a worker", async () => {
  const durableObjects = { MINE: { class: class Mine {}, uniqueKey: "@kv" } };
  await assert.rejects(Steadfast.start({ kvNamespaces: ["KV"], durableObjects }), {
    message: 'the key of a namespace is reserved: unique_key="@kv"',
  });
});

const WORKER = `
  export default {
    async fetch(request, env) {
      const { pathname, searchParams } = new URL(request.url);
      const key = pathname.slice(1);
      if (searchParams.has("put")) await env.KV.put(key, searchParams.get("put"));
      return new Response(await env.KV.get(key));
    },
  };
`;

test("keeps what it has told of, however the process ends", async (t) => {
  const directory = project(t, {
    "wrangler.json": {
      name: "keys",
      main: "worker.js",
      kv_namespaces: [{ binding: "KV", id: "0f2ac74b498b48028cb68387c421e279" }],
    },
    "worker.js": WORKER,
  });
  for (const [signal, value] of [
    ["SIGKILL", "first"],
    ["SIGTERM", "second"],
  ]) {
    const command = new Command(t, ["serve"], { cwd: directory });
    const url = await command.url();
    assert.equal(await get(`${url}/a?put=${value}`), value);
    await command.kill(signal);
  }
  const command = new Command(t, ["dev"], { cwd: directory });
  assert.equal(await get(`${await command.url()}/a`), "second");
  assert.match(command.output, /env\.KV +KV namespace +0f2ac74b/);
});

test("is the same to every lane", async (t) => {
  const directory = project(t, {
    "wrangler.json": { name: "keys", main: "worker.js", kv_namespaces: [{ binding: "KV" }] },
    "worker.js": WORKER,
  });
  const command = new Command(t, ["serve", "--lanes", "3"], { cwd: directory });
  const url = await command.url();
  const keys = Array.from({ length: 12 }, (_, at) => `key-${at}`);
  const put = await Promise.all(keys.map((key) => get(`${url}/${key}?put=${key}`)));
  assert.deepEqual(put, keys);
  // Requests go to the lanes in turn, so each lane reads what others wrote.
  for (let shift = 0; shift < 3; shift += 1) {
    for (const key of keys.slice(shift)) assert.equal(await get(`${url}/${key}`), key);
  }
});
