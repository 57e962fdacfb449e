// What crosses between storage on a backing and the core: names, refs, failures, memory. The decisions
// themselves are tested in crates/steadfast/src/backed/tests.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import "./held.mjs";

const { native, Verdict } = await import("../dist/backed/native.cjs");

/** A store over an overlay. */
function store() {
  const overlay = native.overlayNew(false);
  return { overlay, backed: native.backedNew(overlay) };
}

/** A transaction that has read `k`. */
function reader(backed, parent = null) {
  const overlay = native.overlayNew(true);
  const transaction = native.txnBegin(backed, overlay, parent);
  native.overlayAskOne(overlay, "k");
  return { overlay, transaction };
}

/** Ends that of which nothing is expected. */
function end({ transaction }) {
  return native.txnEnd(transaction);
}

const NAMES = [
  "",
  "a",
  "\u0000",
  "a\u0000b",
  "é",
  "\u07ff\u0800",
  "漢字",
  "😀",
  "\ufffd",
  "\ud800",
  "\udfff",
  "\udbff",
  "\ude00\ud83d",
  "a\ud83d",
  "\ud83d\ud83d\ude00\ude00",
  "\ufffd\ud800\ufffd",
  "x".repeat(3000),
];

test("every name comes back as it went, and is a key of its own", () => {
  const { overlay, backed } = store();
  native.backedPut(backed, NAMES);
  native.backedDelete(backed, "a");
  const [sets, puts, late] = native.backedFlush(backed);
  assert.deepEqual(sets, []);
  assert.deepEqual(
    puts,
    NAMES.filter((name) => name !== "a"),
  );
  assert.deepEqual(late, ["a"]);
  assert.deepEqual(native.overlayAsk(overlay, NAMES), []);
  for (const name of NAMES) native.overlayForget(overlay, name);
  assert.equal(native.backedFlush(backed), null);
});

test("names are sorted as their UTF-8", () => {
  const overlay = native.overlayNew(true);
  const names = NAMES.filter((name) => name !== "a");
  native.overlayPut(overlay, names);
  const listed = native.overlayList(overlay, ...bounds(), false, undefined, ["a"]);
  const encoder = new TextEncoder();
  const sorted = ["a", ...names].sort((a, b) =>
    Buffer.compare(encoder.encode(a), encoder.encode(b)),
  );
  const bytes = (list) => list.map((name) => Buffer.from(name).toString("hex"));
  assert.deepEqual(bytes(listed), bytes(sorted));
  assert.deepEqual([...listed].sort(), [...sorted].sort());
});

test("a listing asks the backing for what is deleted above it", () => {
  const overlay = native.overlayNew(false);
  native.overlayDelete(overlay, ["a1", "a2", "b1"]);
  native.overlayPut(overlay, "a3");
  const cases = [
    [bounds(), 5, 8],
    [bounds({ prefix: "a" }), 5, 7],
    [bounds({ excludePrefix: "a" }), 5, 6],
    [bounds({ start: "a2" }), 5, 7],
    [bounds({ end: "a2" }), 5, 6],
    [bounds(), undefined, undefined],
    [bounds(), 0, 0],
  ];
  for (const [limits, limit, asked] of cases) {
    assert.equal(native.overlayListLimit(overlay, ...limits, limit) ?? undefined, asked);
  }
  const list = (limit, reverse) =>
    native.overlayList(overlay, ...bounds({ prefix: "a" }), reverse, limit, ["a0", "a1", "a9"]);
  assert.deepEqual(list(undefined, false), ["a0", "a3", "a9"]);
  assert.deepEqual(list(0, false), ["a0", "a3", "a9"]);
  assert.deepEqual(list(2, true), ["a9", "a3"]);
  assert.deepEqual(list(2.5, true), ["a9", "a3"]);
});

test("what is asked of an overlay", () => {
  const overlay = native.overlayNew(true);
  native.overlayPut(overlay, ["w1", "w2"]);
  native.overlayDelete(overlay, "d");
  assert.deepEqual(native.overlayAsk(overlay, ["w1", "x", "d", "y"]), [1, 3]);
  assert.deepEqual(native.overlayAskHas(overlay, ["w1", "w2", "d", "z", "w1"]), [3, 3]);
  assert.equal(native.overlayAskOne(overlay, "d"), false);
  assert.equal(native.overlayAskOne(overlay, "q"), true);
  native.overlayClear(overlay);
  assert.equal(native.overlayAskOne(overlay, "w1"), true);
});

test("what is asked of an overlay, or listed, is what its transaction has read", () => {
  const verdictAfter = (written) => {
    const { backed } = store();
    const overlay = native.overlayNew(true);
    const transaction = native.txnBegin(backed, overlay, null);
    native.overlayPut(overlay, "w");
    native.overlayAsk(overlay, ["w", "x"]);
    native.overlayAskHas(overlay, ["has"]);
    native.overlayAskOne(overlay, "one");
    native.overlayNoteRead(overlay, "alarm");
    native.overlayList(overlay, ...bounds({ prefix: "l" }), false, 1, ["l1", "l2"]);
    native.backedPut(backed, written);
    return native.txnCommit(transaction);
  };
  for (const name of ["w", "x", "has", "one", "alarm", "l1"]) {
    assert.equal(verdictAfter(name), Verdict.RunAgain, name);
  }
  for (const name of ["l2", "y"]) assert.equal(verdictAfter(name), Verdict.Committed, name);
});

test("what a flush is told to do, and what is left when it fails", () => {
  const { backed } = store();
  native.backedPut(backed, "a");
  assert.equal(native.backedFlush(backed), true);
  native.backedFlushed(backed);
  native.backedPut(backed, ["b", "c"]);
  assert.deepEqual(native.backedDelete(backed, ["b", "x", "y", "x"]), [1, 1]);
  assert.deepEqual(native.backedDelete(backed, "x"), [0, 0]);
  assert.deepEqual(native.backedDelete(backed, "z"), [0, 2]);
  assert.deepEqual(native.backedFlush(backed), [
    [
      [1, "x", "y"],
      [2, "z"],
    ],
    ["c"],
    ["b"],
  ]);
  native.backedFlushFailed(backed);
  native.backedDeleteAll(backed, ["stored"]);
  assert.deepEqual(native.backedFlush(backed), [[], ["c"], ["b", "x", "y", "z", "stored"]]);
  native.backedFlushed(backed);
  assert.equal(native.backedFlush(backed), null);
});

test("twenty transactions that want the same take turns", () => {
  const { overlay, backed } = store();
  const crowd = Array.from({ length: 20 }, () => reader(backed));
  native.backedPut(backed, "k");
  const nested = reader(store().backed, crowd[3].transaction);
  const inner = reader(backed, nested.transaction);
  native.backedPut(backed, "k");
  const verdicts = crowd.map(({ transaction }) => native.txnCommit(transaction));
  assert.deepEqual(verdicts, [Verdict.RunAgain, ...Array(19).fill(Verdict.WaitTurn)]);
  assert.equal(native.txnCommit(inner.transaction), Verdict.RunAgain);
  for (const [index, one] of crowd.entries()) {
    const again = native.overlayNew(true);
    native.txnRestart(one.transaction, again);
    assert.equal(native.overlayAskOne(again, "k"), true);
    native.overlayPut(again, ["k", `by ${index}`]);
    assert.equal(native.txnWrote(one.transaction, ["k", `by ${index}`]), 2);
    assert.equal(native.txnWrote(one.transaction, "k"), 2);
    assert.equal(native.txnCommit(one.transaction), Verdict.Committed);
    const next = crowd[index + 1];
    assert.equal(end(one), next === undefined ? 0 : native.txnTicket(next.transaction));
    assert.equal(end(one), 0);
  }
  assert.equal(native.overlayAskHas(overlay, ["by 0", "by 19", "by 20"])[0], 2);
});

test("alarms", () => {
  const alarms = native.alarmsNew();
  native.alarmsLoad(alarms, ["far", "soon"], [1e15, 0]);
  assert.equal(native.alarmsSet(alarms, "set", 31_499.5, 500), 30_999.5);
  assert.equal(native.alarmsSet(alarms, "late", 31_500, 500), -1);
  assert.deepEqual(native.alarmsScan(alarms, 1_500), [
    ["soon", 0],
    ["set", 29_999.5],
  ]);
  assert.equal(native.alarmsDelete(alarms, "set"), true);
  assert.equal(native.alarmsDelete(alarms, "set"), false);
  native.alarmsClear(alarms);
  assert.equal(native.alarmsDelete(alarms, "far"), false);
});

test("a ref of another kind, another store or another run is an error and nothing worse", () => {
  const { overlay, backed } = store();
  const one = reader(backed);
  const { transaction } = one;
  const misuses = [
    () => native.overlayPut(backed, "a"),
    () => native.overlayPut(transaction, "a"),
    () => native.overlayPut({}, "a"),
    () => native.overlayPut(undefined, "a"),
    () => native.overlayPut(overlay, 1),
    () => native.overlayPut(overlay, ["a", 1]),
    () => native.overlayAskOne(overlay, {}),
    () => native.backedFlush(overlay),
    () => native.txnBegin(backed, overlay, overlay),
    () => native.alarmsClear(overlay),
    () => native.txnCommit(reader.transaction),
  ];
  for (const misuse of misuses) assert.throws(misuse, Error, String(misuse));
  native.txnRestart(transaction, overlay);
  assert.throws(() => native.txnCommit(transaction), /a transaction needs an overlay of its own/);
  native.txnRestart(transaction, native.overlayNew(true));
  assert.equal(native.txnCommit(transaction), Verdict.Committed);
  const twice = /^Error: the transaction is not running: ticket=1$/;
  assert.throws(() => native.txnCommit(transaction), twice);
  end(one);
  assert.throws(() => native.txnRestart(transaction, native.overlayNew(true)), twice);
  assert.equal(native.backedFlush(backed), null, "nothing of it was written");
  // The overlay of another store is only an overlay.
  const other = store();
  const stranger = native.txnBegin(backed, other.overlay, null);
  native.overlayPut(other.overlay, "s");
  assert.equal(native.txnCommit(stranger), Verdict.Committed);
  assert.equal(native.backedFlush(backed), true);
});

test("a panic is an error of that call, and what it was about goes on", () => {
  const { overlay, backed } = store();
  native.overlayPut(overlay, "a");
  assert.throws(() => native.panicWithOverlay(overlay), /^Error: .*a broken invariant/);
  native.overlayPut(overlay, "b");
  assert.equal(native.backedFlush(backed), true);
  assert.deepEqual(native.overlayAsk(overlay, ["a", "b"]), []);
});

/** Bounds of a listing as the overlay takes them. */
function bounds({ prefix, excludePrefix, start, end } = {}) {
  return [prefix, excludePrefix, start, end];
}

/** Prints by how many bytes the process has grown between the first and the last tenth of 100000. */
const FORGET = `
const { native } = require(${JSON.stringify(fileURLToPath(new URL("../dist/backed/native.cjs", import.meta.url)))});
const names = ["key".repeat(600)];
const shared = native.backedNew(native.overlayNew(false));
async function tenth() {
  for (let at = 0; at < 10_000; at++) {
    const overlay = native.overlayNew(true);
    const backed = at % 2 === 0 ? shared : native.backedNew(native.overlayNew(false));
    const transaction = native.txnBegin(backed, overlay, null);
    native.overlayAsk(overlay, names);
    native.overlayPut(overlay, names);
    native.txnWrote(transaction, names);
    // Every fourth is never ended: nobody may use its store any more.
    if (at % 4 !== 3) native.txnEnd(transaction);
    if (at % 100 === 0) await new Promise((resolve) => setImmediate(resolve));
  }
  gc();
  await new Promise((resolve) => setImmediate(resolve));
  return process.memoryUsage().rss;
}
(async () => {
  const before = await tenth();
  let after = 0;
  for (let round = 1; round < 10; round++) after = await tenth();
  console.log(after - before);
})();
`;

test("storages and transactions that nobody holds any more are freed", async () => {
  const args = ["--expose-gc", "--eval", FORGET];
  const { stdout } = await promisify(execFile)(process.execPath, args, { timeout: 60_000 });
  // What they held is well above 300 MB.
  assert.ok(Number(stdout) < 100e6, `bytes=${stdout}`);
});
