// Puts of many objects, each with one in flight, on a disk.
import { open } from "node:fs/promises";
import { join } from "node:path";

const OBJECTS = 100;
const KEYS = 10;
const VALUE_BYTES = 100;
const WARM_UP_SECONDS = 0.5;

const load =
  `${OBJECTS} objects, each putting values of ${VALUE_BYTES} bytes to ${KEYS} keys in turn, the next when the last is ` +
  "acknowledged; ours is DiskStorage, which acknowledges what is durable, one directory for all";

export const putDurable = {
  name: "mf2-put-durable",
  conditions:
    `${load}. The peer is FileStorage, a directory per object, which syncs the file and its directory before it ` +
    "acknowledges. The process is killed at the end, and another looks for what was acknowledged",
  measure: (task) => measure(task, synced),
  check: (task) => check(task, synced),
};

export const putFile = {
  name: "mf2-put-file",
  conditions: `${load}. The peer is FileStorage as it is, a directory per object, which never syncs. Killed and checked too`,
  measure: (task) => measure(task, unsynced),
  check: (task) => check(task, unsynced),
};

/** Each object's storage, of ours or as `ofPeer` makes it. */
async function storages({ side, directory }, ofPeer) {
  const names = Array.from({ length: OBJECTS }, (_, object) => `object-${object}`);
  if (side === "peer") return Promise.all(names.map((name) => ofPeer(join(directory, name))));
  const { DiskStorage } = await import("@steadfast/storage");
  const disk = new DiskStorage(directory);
  return names.map((name) => disk.object(name));
}

async function unsynced(root) {
  const { FileStorage } = await import("@miniflare/storage-file");
  return new FileStorage(root);
}

/** The peer as it would have to be for its puts to be durable. */
async function synced(root) {
  const storage = await unsynced(root);
  const put = storage.put.bind(storage);
  storage.put = async (key, value) => {
    await put(key, value);
    await sync(join(root, key));
    await sync(root);
  };
  return storage;
}

async function sync(path) {
  const file = await open(path);
  try {
    await file.sync();
  } finally {
    await file.close();
  }
}

async function measure(task, ofPeer) {
  const all = await storages(task, ofPeer);
  const acknowledged = all.map(() => 0);
  await work(all, acknowledged, WARM_UP_SECONDS);
  const before = total(acknowledged);
  const begin = performance.now();
  await work(all, acknowledged, task.seconds);
  const elapsed = (performance.now() - begin) / 1000;
  return { rate: (total(acknowledged) - before) / elapsed, acknowledged };
}

/** Puts the numbers from what is acknowledged up; the n-th goes to key n modulo their number. */
async function work(all, acknowledged, seconds) {
  const end = performance.now() + seconds * 1000;
  const object = async (storage, at) => {
    while (performance.now() < end) {
      const n = acknowledged[at] + 1;
      await storage.put(keyOf(n), { value: bytesOf(n) });
      acknowledged[at] = n;
    }
  };
  await Promise.all(all.map(object));
}

/** Looks for the last values of every object. */
async function check(task, ofPeer) {
  const all = await storages(task, ofPeer);
  for (const [at, last] of task.acknowledged.entries()) {
    for (let n = Math.max(1, last - KEYS + 1); n <= last; n++) {
      const stored = await all[at].get(keyOf(n));
      if (stored !== undefined && Buffer.compare(stored.value, bytesOf(n)) === 0) continue;
      throw new Error(`what was acknowledged is not there: object=${at} put=${n} last=${last}`);
    }
  }
}

const keyOf = (n) => `key-${n % KEYS}`;

function bytesOf(n) {
  const value = new Uint8Array(VALUE_BYTES);
  new DataView(value.buffer).setFloat64(0, n);
  return value;
}

const total = (counts) => counts.reduce((sum, count) => sum + count, 0);
