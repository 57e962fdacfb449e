// The programs whose transcripts are meant to differ: why, and the transcripts of both sides.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** Why, by program. */
const REASONS = {
  "differences/40-contenders":
    "beyond sixteen contenders a conflicting transaction waits its turn, and no closure runs more than a few times",
  "differences/100-contenders": "the same with a hundred",
  "differences/alarm-set-while-a-transaction-commits":
    "the original loses an alarm that is set while a transaction commits",
  "differences/alarm-moved-far-away":
    "the original leaves the old timer of an alarm moved beyond 31 s, which fires early",
  "differences/alarm-at-zero":
    "the original keeps a time it refuses, and every later write fails because of it",
  "differences/alarm-at-zero-in-a-transaction": "the same through a transaction",
  "differences/alarm-store-as-the-second-argument":
    "the README of the original gives a storage an AlarmStore, which does not work there",
  "differences/alarm-store-without-a-store":
    "an alarm store that was not set up keeps its alarms in memory",
  "differences/alarms-switched-off":
    "the original stores an alarm that nobody keeps, and every later write fails because of it",
  "differences/half-a-pair-as-prefix":
    "names are compared in UTF-8, where half a surrogate pair begins no key that has both halves",
  "differences/ignore-alarms":
    "the README of the original documents the option, which does nothing there",
};

const FOLDER = join(import.meta.dirname, "differences");

/** The names of the programs that differ. */
export const differing = new Set(Object.keys(REASONS));

/**
 * Why a program differs and what each side is to write; undefined for one that must not differ.
 * @param {string} name
 * @returns {{ reason: string, original: string[], ours: string[] } | undefined}
 */
export function pinnedDifference(name) {
  const reason = REASONS[name];
  if (!reason) return undefined;
  const read = (side) => {
    const path = pathOf(name, side);
    return existsSync(path) ? readFileSync(path, "utf8").trimEnd().split("\n") : [];
  };
  return { reason, original: read("original"), ours: read("ours") };
}

/**
 * Keeps what both sides wrote as what they are to write.
 * @param {string} name
 * @param {string[]} original
 * @param {string[]} ours
 */
export function pinDifference(name, original, ours) {
  mkdirSync(FOLDER, { recursive: true });
  writeFileSync(pathOf(name, "original"), `${original.join("\n")}\n`);
  writeFileSync(pathOf(name, "ours"), `${ours.join("\n")}\n`);
}

function pathOf(name, side) {
  return join(FOLDER, `${name.split("/")[1]}.${side}.txt`);
}
