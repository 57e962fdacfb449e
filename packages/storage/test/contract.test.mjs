// Our storages and those they stand in for keep the same contract.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after } from "node:test";
import * as originalFile from "@miniflare/storage-file";
import * as original from "@miniflare/storage-memory";
import * as ours from "@steadfast/storage";
import { storageContract } from "./contract.mjs";

storageContract("MemoryStorage", (clock) => new ours.MemoryStorage(undefined, clock));
storageContract(
  "MemoryStorage over a map that is handed in",
  (clock) => new ours.MemoryStorage(new Map(), clock),
);
storageContract(
  "MemoryStorage of the original",
  (clock) => new original.MemoryStorage(new Map(), clock),
);

const directory = mkdtempSync(join(tmpdir(), "steadfast-contract-"));
after(() => rmSync(directory, { recursive: true }));
let roots = 0;
const root = () => join(directory, String(roots++));

// A file cannot be a directory too, and a name has an end.
const limits = { nested: false, unusual: false };
storageContract("FileStorage", (clock) => new ours.FileStorage(root(), true, clock), limits);
storageContract(
  "FileStorage of the original",
  (clock) => new originalFile.FileStorage(root(), true, clock),
  limits,
);

const disk = { release: (storage) => storage.close(), sweeping: false };
storageContract("DiskStorage", (clock) => new ours.DiskStorage(root(), { clock }), disk);
storageContract("DiskStorage.memory", (clock) => ours.DiskStorage.memory({ clock }), disk);
