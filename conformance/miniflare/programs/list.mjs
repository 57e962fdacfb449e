// `list` of storage and of transactions: what comes back, in which order, and what the backing is asked.

const FRUIT = { apple: 1, apricot: 2, banana: 3, blueberry: 4, cherry: 5, date: 6 };
/** In UTF-16 order the pair of surrogates would come before U+FF5E. */
const UNICODE = { a: 1, é: 2, "～": 3, "😀": 4, Z: 5, "\u0000": 6, ünder: 7 };

/** Lists keys only, over several options. */
async function lists(t, storage, ...options) {
  for (const each of options) {
    await t.call(`list ${JSON.stringify(each)}`, async () => [
      ...(await storage.list(each)).keys(),
    ]);
  }
}

/** As `lists`, with the fruit partly on the backing and partly in a transaction. */
function inTransaction(options) {
  return async (t) => {
    const storage = await t.filled(FRUIT);
    await storage.transaction(async (txn) => {
      await txn.put({ avocado: 7, banana: 30, elderberry: 8 });
      await txn.delete(["apricot", "cherry", "nothing"]);
      await lists(t, txn, ...options);
      txn.rollback();
    });
  };
}

export default {
  async everything(t) {
    const storage = await t.filled(FRUIT);
    await t.call(() => storage.list());
    await t.call(() => storage.list({}));
    await t.call(() => storage.list(undefined));
  },
  async empty(t) {
    const storage = t.storage();
    await t.call(() => storage.list());
    await t.call(() => storage.list({ limit: 1 }));
  },
  async prefix(t) {
    const storage = await t.filled(FRUIT);
    await lists(t, storage, { prefix: "ap" }, { prefix: "" }, { prefix: "x" }, { prefix: "apple" });
  },
  async "start-end"(t) {
    const storage = await t.filled(FRUIT);
    await lists(
      t,
      storage,
      { start: "apricot" },
      { end: "cherry" },
      { start: "apricot", end: "cherry" },
      { start: "b", end: "b" },
      { start: "c", end: "b" },
      { start: "" },
      { end: "" },
    );
  },
  async "start-after"(t) {
    const storage = await t.filled(FRUIT);
    await lists(
      t,
      storage,
      { startAfter: "apricot" },
      { startAfter: "b" },
      { startAfter: "date" },
      { startAfter: "" },
      { startAfter: "apricot", end: "cherry" },
      { startAfter: "apple", prefix: "ap" },
    );
  },
  async limit(t) {
    const storage = await t.filled(FRUIT);
    await lists(
      t,
      storage,
      { limit: 1 },
      { limit: 2 },
      { limit: 6 },
      { limit: 7 },
      { limit: 1000 },
    );
  },
  async "odd-limits"(t) {
    const storage = await t.filled(FRUIT);
    await lists(t, storage, { limit: 1.5 }, { limit: 0.5 }, { limit: "2" }, { limit: null });
    await t.call("limit NaN", () => storage.list({ limit: Number.NaN }));
  },
  async "start-after-limit"(t) {
    const storage = await t.filled(FRUIT);
    await lists(
      t,
      storage,
      { startAfter: "apple", limit: 1 },
      { startAfter: "apple", limit: 2 },
      { startAfter: "aaa", limit: 2 },
      { startAfter: "cherry", limit: 5 },
    );
  },
  async reverse(t) {
    const storage = await t.filled(FRUIT);
    await lists(
      t,
      storage,
      { reverse: true },
      { reverse: true, limit: 2 },
      { reverse: true, prefix: "b" },
      { reverse: true, start: "b", end: "d" },
      { reverse: true, start: "b", end: "d", limit: 1 },
      { reverse: false, limit: 2 },
    );
  },
  async "reverse-start-after"(t) {
    const storage = await t.filled(FRUIT);
    await lists(
      t,
      storage,
      { reverse: true, startAfter: "banana" },
      { reverse: true, startAfter: "banana", limit: 2 },
      { reverse: true, startAfter: "date" },
      { reverse: true, startAfter: "blueberry", limit: 1 },
    );
  },
  async "unicode-order"(t) {
    const storage = await t.filled(UNICODE);
    await lists(
      t,
      storage,
      {},
      { reverse: true },
      { start: "é" },
      { startAfter: "～" },
      { end: "😀" },
    );
    await t.call("get", async () => [...(await storage.get(Object.keys(UNICODE))).keys()]);
  },
  async "unicode-order-in-txn"(t) {
    const storage = await t.filled({ a: 1, "～": 3, Z: 5 });
    await storage.transaction(async (txn) => {
      await txn.put({ "😀": 4, é: 2, "\u0000": 6 });
      await lists(t, txn, {}, { reverse: true }, { limit: 4 }, { startAfter: "～" }, { end: "😀" });
    });
  },
  async "lone-surrogates"(t) {
    const storage = t.storage();
    await storage.put({ "a\ud800": 1, "a\udc00": 2, "a\ufffd": 3, b: 4 });
    await t.call("keys", async () => (await storage.list()).size);
    await t.call(() => storage.get("a\ud800"));
    await t.call(() => storage.get("a\udc00"));
  },
  async "alarm-key-hidden"(t) {
    const storage = await t.filled({ A: 1, __: 2, a: 3 });
    await storage.setAlarm(1_700_000_000_000);
    await lists(
      t,
      storage,
      {},
      { prefix: "__" },
      { limit: 1 },
      { limit: 2 },
      { reverse: true, limit: 2 },
    );
    await lists(t, storage, { start: t.mf.ALARM_KEY, limit: 1 }, { startAfter: t.mf.ALARM_KEY });
    await t.call(() => storage.get(t.mf.ALARM_KEY));
  },
  async "alarm-key-hidden-in-txn"(t) {
    const storage = await t.filled({ A: 1, a: 3 });
    await storage.setAlarm(1_700_000_000_000);
    await storage.transaction(async (txn) => {
      await txn.put("b", 4);
      await lists(t, txn, {}, { limit: 2 }, { startAfter: "A", limit: 1 });
    });
  },
  async "values-and-map"(t) {
    const storage = await t.filled({ b: [1], a: { x: "y" } });
    const map = await storage.list();
    t.log(map instanceof Map, map);
    map.get("a").x = "changed";
    t.log(await storage.list());
  },
  async "more-than-128"(t) {
    const storage = t.storage({ quiet: true });
    const key = (i) => `k${String(i).padStart(4, "0")}`;
    for (let n = 0; n < 3; n++) {
      const range = Array.from({ length: 100 }, (_, i) => n * 100 + i);
      await storage.put(Object.fromEntries(range.map((i) => [key(i), i])));
    }
    const all = await storage.list();
    t.log(all.size, [...all.keys()][0], [...all.keys()][299]);
    t.log((await storage.list({ limit: 200, startAfter: key(50) })).size);
    await storage.transaction(async (txn) => {
      await txn.put(key(1000), 1);
      t.log((await txn.list()).size, (await txn.list({ reverse: true, limit: 2 })).size);
    });
  },
  async "options-object-is-left-alone"(t) {
    const storage = await t.filled(FRUIT);
    const options = Object.freeze({ startAfter: "apple", limit: 2 });
    await t.call(() => storage.list(options));
    t.log(options);
  },
  async "unknown-options"(t) {
    const storage = await t.filled(FRUIT);
    await t.call(() => storage.list({ limit: 1, noCache: true, allowConcurrency: true }));
    await t.call(() => storage.list({ excludePrefix: "a", limit: 2 }));
    await t.call(() => storage.list({ cursor: "YXBwbGU=", limit: 2 }));
    await t.call(() => storage.list({ delimiter: "e", limit: 3 }));
  },
  async "long-bounds"(t) {
    const storage = await t.filled(FRUIT);
    await t.call("long", () => storage.list({ start: "a".repeat(3000), end: "b".repeat(3000) }));
    await t.call("long prefix", () => storage.list({ prefix: "a".repeat(3000) }));
  },
  "txn-everything": inTransaction([{}, { reverse: true }]),
  "txn-limit": inTransaction([
    { limit: 1 },
    { limit: 2 },
    { limit: 3 },
    { limit: 6 },
    { limit: 9 },
  ]),
  "txn-prefix": inTransaction([{ prefix: "a" }, { prefix: "av" }, { prefix: "c" }, { prefix: "" }]),
  "txn-bounds": inTransaction([
    { start: "apricot" },
    { start: "b", end: "e" },
    { end: "banana" },
    { startAfter: "avocado" },
    { startAfter: "apricot", limit: 2 },
  ]),
  "txn-reverse": inTransaction([
    { reverse: true, limit: 1 },
    { reverse: true, limit: 3 },
    { reverse: true, startAfter: "banana" },
    { reverse: true, prefix: "b" },
  ]),
  "txn-limit-and-deletes": inTransaction([
    { prefix: "ap", limit: 1 },
    { prefix: "ap", limit: 2 },
    { start: "c", limit: 1 },
    { reverse: true, start: "b", end: "d", limit: 2 },
  ]),
  async "while-a-write-is-pending"(t) {
    const storage = await t.filled(FRUIT);
    const writes = [t.start(() => storage.put("aaa", 0)), t.start(() => storage.delete("apple"))];
    await t.start("list", async () => [...(await storage.list({ limit: 3 })).keys()]);
    await Promise.all(writes);
  },
  async "txn-read-set-of-list"(t) {
    const storage = await t.filled({ a: 1, b: 2 });
    let runs = 0;
    await storage.transaction(async (txn) => {
      runs++;
      await txn.list({ prefix: "a" });
      if (runs === 1) await storage.put("b", 3);
    });
    t.log("runs with another key written", runs);
    runs = 0;
    await storage.transaction(async (txn) => {
      runs++;
      await txn.list();
      if (runs === 1) await storage.put("b", 4);
    });
    t.log("runs with a listed key written", runs);
    runs = 0;
    await storage.transaction(async (txn) => {
      runs++;
      await txn.list();
      if (runs === 1) await storage.put("new", 4);
    });
    t.log("runs with a key added", runs);
  },
  async "txn-read-set-of-limited-list"(t) {
    const storage = await t.filled({ a: 1, b: 2, c: 3, d: 4 });
    for (const key of ["a", "b", "c", "d"]) {
      let runs = 0;
      await storage.transaction(async (txn) => {
        runs++;
        await txn.list({ limit: 1 });
        if (runs === 1) await storage.put(key, 9);
      });
      t.log("key", key, "runs", runs);
    }
  },
};
