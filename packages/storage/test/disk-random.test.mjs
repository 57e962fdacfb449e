// Random operations give what they give on MemoryStorage, also over closing and opening again.
import assert from "node:assert/strict";
import { test } from "node:test";
import { MemoryStorage } from "@steadfast/storage";
import { open, temporary } from "./disk.mjs";
import { generator, outcome, program } from "./random.mjs";

const SEEDS = 16;
const OPERATIONS = 150;
const KEYS = [
  ...["a", "a:1", "a:2", "a/1", "a1", "b", "b:", "b:1:2", "ab", "aé", "a鍵", "a😀", "a\uffff", ""],
  ...Array.from({ length: 10 }, (_, i) => `list:${i}`),
];

for (let seed = 1; seed <= SEEDS; seed++) {
  test(`random operations, seed ${seed}`, async (t) => {
    const directory = temporary(t);
    let time = 1_000_000;
    const clock = () => time;
    const memory = new MemoryStorage(new Map(), clock);
    let disk = open(t, directory, { clock });
    const random = generator(seed);
    for (const [index, operation] of program(seed, KEYS, OPERATIONS).entries()) {
      const [method, ...args] = operation;
      if (method === "at") {
        // Onwards only: what has expired and was not looked at is still there.
        time = Math.max(time, args[0] * 1000 - 40_000 + index * 200);
        continue;
      }
      const [ours, theirs] = [await outcome(disk, operation), await outcome(memory, operation)];
      assert.deepEqual(ours, theirs, `operation ${index}: ${JSON.stringify(operation)}`);
      if (random() < 0.03) {
        await disk.close();
        disk = open(t, directory, { clock });
      }
    }
  });
}
