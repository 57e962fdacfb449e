// Our storages and those they stand in for keep the same contract.
import * as original from "@miniflare/storage-memory";
import * as ours from "@steadfast/storage";
import { storageContract } from "./contract.mjs";

storageContract("MemoryStorage", (clock) => new ours.MemoryStorage(new Map(), clock));
storageContract(
  "MemoryStorage of the original",
  (clock) => new original.MemoryStorage(new Map(), clock),
);
