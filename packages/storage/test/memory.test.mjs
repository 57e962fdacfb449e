// MemoryStorage beside the original: random programs, and what only its own code could get wrong.
import assert from "node:assert/strict";
import { test } from "node:test";
import * as original from "@miniflare/storage-memory";
import * as ours from "@steadfast/storage";
import { bytes, names, text } from "./contract.mjs";
import { generator, outcome, program } from "./random.mjs";

const KEYS = [
  "a",
  "a1",
  "a:1",
  "a:2",
  "a/1",
  "b",
  "b1",
  "b:1:x",
  "é",
  "\uff5e",
  "😀",
  "😀1",
  "\ud83d",
  "\ud83d1",
  "",
];

test("random programs give what the original gives, and leave the same map", async () => {
  for (let seed = 0; seed < 150; seed++) {
    let time = 1000;
    const clock = () => time * 1000;
    const maps = [new Map(), new Map()];
    const storages = [
      new original.MemoryStorage(maps[0], clock),
      new ours.MemoryStorage(maps[1], clock),
    ];
    for (const operation of program(seed, KEYS, 120)) {
      if (operation[0] === "at") {
        time = operation[1];
        continue;
      }
      const [expected, actual] = [
        await outcome(storages[0], operation),
        await outcome(storages[1], operation),
      ];
      assert.deepEqual(actual, expected, `seed=${seed} operation=${JSON.stringify(operation)}`);
    }
    assert.deepEqual([...maps[1]].sort(byName), [...maps[0]].sort(byName), `seed=${seed}`);
  }
});

test("a list of its own map gives what the original gives", async () => {
  for (let seed = 0; seed < 150; seed++) {
    const storages = [new original.MemoryStorage(), new ours.MemoryStorage()];
    for (const operation of program(seed, seed % 3 === 0 ? KEYS : KEYS.slice(0, 12), 120)) {
      if (operation[0] === "at") continue;
      const [expected, actual] = [
        await outcome(storages[0], operation),
        await outcome(storages[1], operation),
      ];
      assert.deepEqual(actual, expected, `seed=${seed} operation=${JSON.stringify(operation)}`);
    }
  }
});

test("listFilterMatch and listPaginate give what the original's give", () => {
  const random = generator(1);
  const of = (...from) => from[Math.floor(random() * from.length)];
  for (let round = 0; round < 2000; round++) {
    const options = of(undefined, {
      prefix: of(undefined, "a", "", "b:", "\ud83d"),
      excludePrefix: of(undefined, "a:", "x"),
      start: of(undefined, "a1", "\uff5e", "\ud83d"),
      end: of(undefined, "b", "😀", "\ud83d"),
      reverse: of(undefined, true, false),
      limit: of(undefined, 0, 1, 3, -1),
      delimiter: of(undefined, ":", "1"),
      cursor: of(undefined, "", "???", Buffer.from(of(...KEYS)).toString("base64")),
    });
    const keys = KEYS.map((name, place) => ({ name, place })).sort(() => random() - 0.5);
    const filtered = (of) => keys.filter(({ name }) => of.listFilterMatch(options, name));
    const [expected, actual] = [filtered(original), filtered(ours)];
    assert.deepEqual(actual, expected);
    assert.deepEqual(
      ours.listPaginate(options, actual),
      original.listPaginate(options, expected),
      JSON.stringify(options),
    );
    // Both sort the array they are given.
    assert.deepEqual(actual, expected);
  }
});

test("cloneMetadata copies as JSON does, and leaves what counts as false", () => {
  const metadata = { date: new Date(0), gone: undefined };
  for (const { cloneMetadata } of [ours, original]) {
    assert.deepEqual(cloneMetadata(metadata), { date: "1970-01-01T00:00:00.000Z" });
    for (const falsy of [undefined, null, 0, "", false]) assert.equal(cloneMetadata(falsy), falsy);
  }
});

test("the empty delimiter ends, with a key that is the prefix", async () => {
  const storage = new ours.MemoryStorage();
  await storage.putMany([
    ["a", { value: bytes("1") }],
    ["ab1", { value: bytes("2") }],
    ["ab2", { value: bytes("3") }],
  ]);
  const { keys, delimitedPrefixes } = await storage.list({ prefix: "a", delimiter: "" });
  assert.deepEqual([keys.map(({ name }) => name), delimitedPrefixes], [["a"], ["ab"]]);
});

test("a Buffer is copied too", async () => {
  const storage = new ours.MemoryStorage();
  const value = Buffer.from("one");
  await storage.put("key", { value });
  value[0] = 0;
  (await storage.get("key")).value[0] = 0;
  assert.equal(text(await storage.get("key")), "one");
});

test("what a call changes has changed when it returns", async () => {
  const storage = new ours.MemoryStorage();
  storage.put("a", { value: bytes("old") });
  const deleted = storage.deleteMany(["a"]);
  storage.put("a", { value: bytes("new") });
  const again = storage.delete("a");
  storage.putMany([["a", { value: bytes("newest") }]]);
  assert.deepEqual([await deleted, await again], [1, true]);
  assert.equal(text(await storage.get("a")), "newest");
});

test("a batch goes through what a subclass does with each key", async () => {
  for (const { MemoryStorage } of [ours, original]) {
    const calls = [];
    class Recorder extends MemoryStorage {
      get(key) {
        calls.push(`get ${key}`);
        return super.get(key);
      }
      has(key) {
        calls.push(`has ${key}`);
        return super.has(key);
      }
      put(key, value) {
        calls.push(`put ${key}`);
        return super.put(key, value);
      }
      delete(key) {
        calls.push(`delete ${key}`);
        return super.delete(key);
      }
    }
    const storage = new Recorder();
    await storage.putMany([["a", { value: bytes("1") }]]);
    await storage.getMany(["a", "b"]);
    await storage.hasMany(["a"]);
    await storage.deleteMany(["a"]);
    assert.deepEqual(calls, ["put a", "get a", "get b", "has a", "delete a"]);
  }
});

test("a subclass may exchange the map, as the test environments of Miniflare do", async () => {
  class Stacked extends ours.MemoryStorage {
    stack = [];
    push() {
      this.stack.push(this.map);
      this.map = new Map(this.map);
    }
    pop() {
      this.map = this.stack.pop();
    }
  }
  const storage = new Stacked();
  await storage.put("a", { value: bytes("1") });
  assert.deepEqual(names(await storage.list()), ["a"]);
  storage.push();
  await storage.put("b", { value: bytes("2") });
  await storage.put("a", { value: bytes("3") });
  assert.deepEqual(names(await storage.list()), ["a", "b"]);
  storage.pop();
  assert.deepEqual(names(await storage.list()), ["a"]);
  assert.equal(text(await storage.get("a")), "1");
});

test("a subclass of LocalStorage may answer with values or promises", async () => {
  for (const wrap of [(value) => value, async (value) => value]) {
    const map = new Map([
      ["a", { value: bytes("1"), expiration: 1001 }],
      ["b", { value: bytes("2") }],
    ]);
    const named = ([name, { expiration }]) => ({ name, expiration });
    class Backed extends ours.LocalStorage {
      hasMaybeExpired = (key) => wrap(map.get(key));
      headMaybeExpired = (key) => wrap(map.get(key));
      getMaybeExpired = (key) => wrap(map.get(key));
      getRangeMaybeExpired = (key) => wrap(map.get(key));
      deleteMaybeExpired = (key) => wrap(map.delete(key));
      listAllMaybeExpired = () => wrap([...map].map(named));
    }
    let time = 1_000_000;
    const storage = new Backed(() => time);
    assert.equal(await storage.has("a"), true);
    assert.equal(text(await storage.get("a")), "1");
    time = 1_001_000;
    assert.equal(await storage.get("a"), undefined);
    assert.equal(map.has("a"), false);
    map.set("a", { value: bytes("1"), expiration: 1001 });
    assert.deepEqual(names(await storage.list()), ["b"]);
    assert.equal(map.has("a"), false);
    assert.equal(await storage.delete("b"), true);
  }
});

test("its own map finds what a look at every name finds, however many come and go", async () => {
  const random = generator(7);
  const below = (limit) => Math.floor(random() * limit);
  const name = () => `${["a", "b", "ü", "😀"][below(4)]}:${below(300)}`;
  const [own, handed] = [new ours.MemoryStorage(), new ours.MemoryStorage(new Map())];
  for (let round = 0; round < 300; round++) {
    // Few changes are made one by one, many at once.
    const changes = Array.from({ length: below(round % 10 === 0 ? 200 : 8) }, name);
    const batch = changes.slice(0, 100).map((key) => [key, { value: bytes(key) }]);
    for (const storage of [own, handed]) {
      await storage.putMany(batch);
      await storage.deleteMany(changes.slice(50));
    }
    const options = {
      prefix: ["", "a", "b:1", "😀:", "x"][below(5)],
      excludePrefix: [undefined, "a:1", "b", "ü:2"][below(4)],
      start: [undefined, name()][below(2)],
      end: [undefined, name()][below(2)],
      reverse: below(2) === 0,
      limit: [undefined, 1, 7][below(3)],
      cursor: [undefined, Buffer.from(name()).toString("base64")][below(2)],
    };
    assert.deepEqual(await own.list(options), await handed.list(options), JSON.stringify(options));
  }
});

test("a list looks at what it finds only", async () => {
  const storage = new ours.MemoryStorage();
  await storage.putMany(Array.from({ length: 1000 }, (_, i) => [`key:${i}`, { value: bytes("") }]));
  await storage.list();
  let looks = 0;
  const get = storage.map.get;
  storage.map.get = function (key) {
    looks++;
    return get.call(this, key);
  };
  storage.map.keys = () => assert.fail("every name was looked at");
  assert.equal((await storage.list({ prefix: "key:9", limit: 5 })).keys.length, 5);
  await storage.put("key:90", { value: bytes("") });
  await storage.put("other", { value: bytes("") });
  await storage.delete("key:91");
  looks = 0;
  assert.deepEqual(names(await storage.list({ start: "key:90", limit: 2 })), ["key:90", "key:900"]);
  assert.equal(looks, 2);
});

const byName = ([a], [b]) => (a < b ? -1 : 1);
