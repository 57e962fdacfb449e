// ShadowStorage by itself.
import { test } from "node:test";
import { MemoryStorage } from "@miniflare/storage-memory";
import { same, turns } from "./transcripts.mjs";

const bytes = (...values) => ({ value: new Uint8Array(values) });

test("reads see what is written over the storage, and are recorded", async () => {
  await same(async ({ library, backing, log }) => {
    await MemoryStorage.prototype.putMany.call(backing, [
      ["a", bytes(1)],
      ["b", { ...bytes(2), metadata: { kept: true }, expiration: 9e9 }],
      ["c", bytes(3)],
    ]);
    const shadow = new library.ShadowStorage(backing);
    log(await shadow.has("a"), await shadow.hasMany(["b", "x"]), shadow.readSet);
    log(await shadow.get("b"), await shadow.list({ prefix: "c" }), shadow.readSet);
    shadow.put("d", bytes(4));
    log(await shadow.delete("a"), await shadow.deleteMany(["b", "y"]), shadow.copies);
    await shadow.putMany([["e", bytes(5)]]);
    log(await shadow.list(), await shadow.list({ limit: 1 }), await shadow.list({ start: "d" }));
    log(await shadow.list({ reverse: true, limit: 2, excludePrefix: "e" }));
    log(await shadow.getMany(["a", "c", "d", "z"]), await shadow.hasMany(["a", "c", "d", "z"]));
    log(shadow.readSet, backing.map);
  });
});

test("copies may be changed by hand", async () => {
  await same(async ({ library, backing, log }) => {
    await backing.put("a", bytes(1));
    const shadow = new library.ShadowStorage(backing);
    shadow.copies.set("a", undefined);
    shadow.copies.set("b", bytes(2));
    log(await shadow.get("a"), await shadow.list(), await shadow.has("b"));
    log(shadow.copies.delete("a"), shadow.copies.delete("x"), await shadow.get("a"));
    log(shadow.copies.clear(), await shadow.list(), await shadow.has("b"));
    log(shadow.copies);
  });
});

test("values are copied in and out", async () => {
  await same(async ({ library, backing, log }) => {
    const shadow = new library.ShadowStorage(backing);
    const value = bytes(1);
    shadow.put("a", value);
    value.value[0] = 2;
    const read = await shadow.get("a");
    read.value[0] = 3;
    log(await shadow.get("a"));
  });
});

test("without a record of reads there is none", async () => {
  await same(async ({ library, backing, log }) => {
    const shadow = new library.ShadowStorage(backing, false);
    await shadow.get("a");
    log(shadow.readSet);
  });
});

test("the alarm is one of them", async () => {
  await same(async ({ library, backing, log, outcome }) => {
    await backing.put(library.ALARM_KEY, { ...bytes(), metadata: { scheduledTime: 7 } });
    const shadow = new library.ShadowStorage(backing);
    log(shadow.alarm, await shadow.getAlarm(), shadow.readSet);
    await shadow.setAlarm(new Date(8));
    log(shadow.alarm, await shadow.getAlarm());
    await shadow.deleteAlarm();
    log(shadow.alarm, await shadow.getAlarm());
    shadow.alarm = 9;
    log(await shadow.getAlarm(), backing.map);
    await outcome(() => shadow.head("a"));
    await outcome(() => shadow.getRange("a"));
    await outcome(() => shadow.setAlarm());
  });
});

test("each call takes as many turns as in the original", async () => {
  await same(async ({ library, backing, log }) => {
    const shadow = new library.ShadowStorage(backing);
    const calls = [
      () => shadow.get("a"),
      () => shadow.has("a"),
      () => shadow.getMany(["a", "b"]),
      () => shadow.list(),
      () => shadow.delete("a"),
      () => shadow.putMany([["b", bytes(1)]]),
      () => shadow.putMany([]),
      () => shadow.get("b"),
      () => shadow.getMany(["b", "c"]),
      () => shadow.hasMany(["b"]),
      () => shadow.list(),
      () => shadow.getAlarm(),
    ];
    for (const call of calls) log(await turns(call));
  });
});

test("it is a storage of Miniflare", async () => {
  const { Storage } = await import("@miniflare/shared");
  await same(async ({ library, backing, log }) => {
    const shadow = new library.ShadowStorage(new library.ShadowStorage(backing));
    shadow.put("a", bytes(1));
    const storage = new library.DurableObjectStorage(shadow);
    await storage.put("b", 1);
    log(shadow instanceof Storage, await storage.delete("b"), shadow.copies);
  });
});
