// Storage under the gates of an object.
import assert from "node:assert/strict";
import { test } from "node:test";
import { InputGate, OutputGate } from "@miniflare/shared";
import { same, turns } from "./transcripts.mjs";

test("events wait while storage works, unless they may come in", async () => {
  for (const options of [undefined, { allowConcurrency: true }]) {
    const CALLS = [
      (s) => s.get("a", options),
      (s) => s.put("a", 1, options),
      (s) => s.put({ a: 1 }, options),
      (s) => s.put({ a: 1 }, undefined, options),
      (s) => s.delete("a", options),
      (s) => s.deleteAll(options),
      (s) => s.list(options),
      (s) => s.getAlarm(options),
      (s) => s.setAlarm(5, options),
      (s) => s.deleteAlarm(options),
      (s) => s.transaction((txn) => txn.get("a", options)),
      (s) => s.transaction((txn) => txn.put("a", 1, options)),
      (s) => s.transaction((txn) => txn.delete("a", options)),
    ];
    for (const call of CALLS) {
      await same(async ({ storage, log }) => {
        const gate = new InputGate();
        await gate.runWith(async () => {
          const event = gate.waitForOpen().then(() => log("event"));
          await Promise.all([event, call(storage).then(() => log("call"))]);
        });
      });
    }
  }
});

test("what an object sends waits for writes, unless it need not", async () => {
  for (const options of [undefined, { allowUnconfirmed: true }]) {
    const CALLS = [
      (s) => s.put("a", 1, options),
      (s) => s.put({ a: 1 }, options),
      (s) => s.delete("a", options),
      (s) => s.deleteAll(options),
      (s) => s.setAlarm(5, options),
      (s) => s.deleteAlarm(options),
      (s) => s.get("a"),
      (s) => s.transaction((txn) => txn.put("a", 1, options)),
    ];
    for (const call of CALLS) {
      await same(async ({ storage, log }) => {
        const sent = new OutputGate().runWith(() => {
          call(storage).then(() => log("call"));
        });
        await sent.then(() => log("sent"));
        await storage.sync();
      });
    }
  }
});

test("a write that fails keeps what the object sends", async () => {
  await same(async ({ storage, backing, outcome }) => {
    backing.failing = "putMany";
    await outcome(() =>
      new OutputGate().runWith(() => {
        storage.put("a", 1).catch(() => {});
      }),
    );
  });
});

test("each call takes as many turns as in the original", async () => {
  const lines = await same(async ({ storage, log }) => {
    const calls = [
      () => storage.put("a", 1),
      () => storage.get("a"),
      () => storage.list(),
      () => storage.delete("a"),
      () => storage.setAlarm(5),
      () => storage.transaction((txn) => txn.put("a", 1)),
      () => storage.put("a", 1, { allowConcurrency: true, allowUnconfirmed: true }),
    ];
    await new OutputGate().runWith(() =>
      new InputGate().runWith(async () => {
        for (const call of calls) log("turns", await turns(call));
      }),
    );
  });
  assert.equal(lines.filter((line) => line.startsWith("turns")).length, 7);
});
