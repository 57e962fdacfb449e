// Whose limits hold for what is stored.
import assert from "node:assert/strict";
import { test } from "node:test";
import { startHeld } from "./held.mjs";

class Obj {
  constructor(ctx) {
    this.storage = ctx.storage;
  }

  async fetch(request) {
    const { pathname } = new URL(request.url);
    const failed = [];
    for (const [name, attempt] of Object.entries(attempts[pathname.slice(1)])) {
      try {
        await attempt(this.storage);
      } catch (error) {
        failed.push(`${name}: ${error.name} ${error.message}`);
      }
    }
    return Response.json(failed);
  }
}

const bytes = (length) => new Uint8Array(length);
const arguments_ = (count) => `select max(${Array(count).fill("1").join(", ")})`;

const attempts = {
  sqlite: {
    "a long key": (storage) => storage.put("k".repeat(2049), 1),
    "a large value": (storage) => storage.put("a", bytes(200_000)),
    "a larger value": (storage) => storage.kv.put("a", bytes(3_000_000)),
    "a large row": ({ sql }) => sql.exec("select ? as a", bytes(3_000_000)),
    "many arguments": ({ sql }) => sql.exec(arguments_(33)),
  },
  legacy: {
    "a long key": (storage) => storage.put("k".repeat(2049), 1),
    "a large value": (storage) => storage.put("a", bytes(200_000)),
    "many keys": (storage) => storage.get(Array.from({ length: 129 }, String)),
  },
};

const worker = {
  fetch(request, env) {
    const { pathname } = new URL(request.url);
    return env[pathname === "/sqlite" ? "SQLITE" : "LEGACY"].getByName("a").fetch(request);
  },
};
const durableObjects = {
  SQLITE: { class: Obj, uniqueKey: "sqlite" },
  LEGACY: { class: Obj, uniqueKey: "legacy", sqlite: false },
};

async function refusals(t, limits) {
  const { app } = await startHeld(t, { worker, durableObjects, ...limits });
  const ask = async (path) => (await app.fetch(`http://x/${path}`)).json();
  return [await ask("sqlite"), await ask("legacy")];
}

test("without more said the limits are those of workerd on a disk", async (t) => {
  assert.deepEqual(await refusals(t, {}), [[], []]);
  assert.deepEqual(await refusals(t, { limits: "local" }), [[], []]);
});

test("production's limits hold when asked for", async (t) => {
  const large = "string or blob too big: SQLITE_TOOBIG";
  const sqlite = [
    `a larger value: Error ${large}`,
    `a large row: Error ${large}`,
    "many arguments: Error too many arguments on function max at offset 7: SQLITE_ERROR",
  ];
  const legacy = [
    "a long key: RangeError Keys cannot be larger than 2048 bytes. A key of size 2049 was provided.",
    "a large value: RangeError Values cannot be larger than 131072 bytes. A value of size 200013 was provided.",
    "many keys: RangeError Maximum number of key value pairs is 128. 129 pairs were provided.",
  ];
  assert.deepEqual(await refusals(t, { limits: "production" }), [sqlite, legacy]);
});

test("other limits are refused", async () => {
  const { Steadfast } = await import("./held.mjs");
  await assert.rejects(
    Steadfast.start({ limits: "none" }),
    /limits must be "local" or "production"/,
  );
});
