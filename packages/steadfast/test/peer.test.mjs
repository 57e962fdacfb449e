// What comes from another lane and cannot be used, or cannot be sent there, fails the call it belongs to.
import assert from "node:assert/strict";
import { EventEmitter, on } from "node:events";
import { mkdtempSync, openAsBlob, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { Peer } from "../dist/remote/peer.js";

/** A peer, and the messages that its lane posts: `next` resolves to each in turn. */
function side() {
  const posts = new EventEmitter();
  const messages = on(posts, "post");
  let calls = 0;
  const native = {
    nextCall: () => ++calls,
    post: (...[, , , , text]) => posts.emit("post", JSON.parse(text)),
  };
  const lane = { native, ensureTurn: () => undefined, compatibility: { enhancedErrors: true } };
  const next = async () => (await messages.next()).value[0];
  return { peer: new Peer(lane, 1, 0), next };
}

/** A value with a blob whose file is gone. */
async function unreadable() {
  const directory = mkdtempSync(join(tmpdir(), "steadfast-"));
  const path = join(directory, "file");
  writeFileSync(path, "content");
  const blob = await openAsBlob(path);
  rmSync(directory, { recursive: true });
  return { bytes: new Uint8Array(1), plain: undefined, capabilities: [{ kind: "blob", blob }] };
}

/** Sends a call: its number, and the promise of its answer. */
function ask(peer, event) {
  let call;
  const answer = new Promise((resolve) => {
    call = peer.ask([THEIRS], event, resolve);
  });
  return { call, answer };
}

const READ = { type: "call", path: ["name"], args: undefined };
/** The number of something that the other lane has lent. */
const THEIRS = 7;
/** One of something that this lane has lent, and one of nothing. */
const [LENT, NEVER_LENT] = [1, 99];
const entry = () => ({});

test("an answer that cannot be unpacked fails its call, and no other", async () => {
  const { peer } = side();
  const [broken, good] = [ask(peer, READ), ask(peer, READ)];
  const part = { length: 0, capabilities: [["stub", 1, NEVER_LENT]] };
  peer.received(["value", broken.call, part, null], new Uint8Array(), entry);
  peer.received(["value", good.call, ["blue"], null], undefined, entry);
  assert.match((await broken.answer).error.message, /no longer running/);
  assert.equal((await good.answer).payload.plain, "blue");
});

test("a call with a blob that cannot be read fails, and what comes behind it is sent", async () => {
  const { peer, next } = side();
  const broken = ask(peer, { type: "call", path: ["keep"], args: await unreadable() });
  const good = ask(peer, READ);
  assert.deepEqual(await next(), ["call", [good.call, 0, [THEIRS]], ["name"], null]);
  assert.equal((await broken.answer).error.name, "NotReadableError");
});

test("an answer with a blob that cannot be read is an error for who called", async () => {
  const { peer, next } = side();
  const payload = await unreadable();
  const target = { send: (_event, settle) => settle({ payload }), release: () => undefined };
  const capabilities = [{ kind: "stub", target }];
  const args = { bytes: new Uint8Array(1), plain: undefined, capabilities };
  const { call } = ask(peer, { type: "call", path: ["lend"], args });
  assert.deepEqual((await next())[1][0], call);
  peer.received(["call", [call, 0, [LENT]], [], null], undefined, entry);
  assert.deepEqual(await next(), ["error", call]);
});
