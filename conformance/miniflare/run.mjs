// The differential runner: every program on the original package and on ours, transcripts compared.
//   node conformance/miniflare/run.mjs [--show] [--against package] [name …]
import process from "node:process";
import { parseArgs } from "node:util";
import { firstDifference } from "../difference.mjs";
import { differences } from "./differences.mjs";
import { readPrograms } from "./programs.mjs";
import { BROKEN, runSide } from "./run-side.mjs";

export const ORIGINAL = "@miniflare/durable-objects";
export const OURS = "@steadfast/miniflare-durable-objects";

/** A full run below this many programs proves too little. */
const PROGRAMS_MIN = 150;

/**
 * @param {string[]} original
 * @param {string[]} ours
 * @param {{ reason: string, original: string[], ours: string[] } | undefined} pinned
 * @returns {string | undefined} what is wrong, for a person to read
 */
export function judge(original, ours, pinned) {
  const lines = (text) => text.join("\n");
  const part = (title, expected, actual) =>
    lines(expected) === lines(actual)
      ? []
      : [`${title}: ${firstDifference(lines(expected), lines(actual))}`];
  const ended = [...original, ...ours].filter((line) => BROKEN.test(line));
  if (ended.length > 0) return [...new Set(ended)].join("\n");
  const found = pinned
    ? [
        ...part("the original (- pinned, + now)", pinned.original, original),
        ...part("ours (- pinned, + now)", pinned.ours, ours),
      ]
    : part("(- original, + ours)", original, ours);
  return found.length > 0 ? found.join("\n") : undefined;
}

async function main() {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      show: { type: "boolean", default: false },
      against: { type: "string", default: OURS },
    },
  });
  const all = [...(await readPrograms()).keys()];
  const names = all.filter(
    (name) => positionals.length === 0 || positionals.some((start) => name.startsWith(start)),
  );
  const partial = names.length < all.length;
  const [original, ours] = await Promise.all([
    runSide(ORIGINAL, names),
    runSide(values.against, names),
  ]);
  const counts = { passed: 0, failed: 0, differ: 0 };
  for (const name of names) {
    if (values.show) console.log(`${name}\n  ${ours.get(name).join("\n  ")}`);
    const pinned = differences[name];
    const wrong = judge(original.get(name), ours.get(name), pinned);
    if (wrong) console.log(`FAILED ${name}\n${wrong.replace(/^/gm, "  ")}`);
    else if (pinned) console.log(`differs ${name}: ${pinned.reason}`);
    counts[wrong ? "failed" : pinned ? "differ" : "passed"]++;
  }
  console.log(`${counts.passed} passed, ${counts.failed} failed, ${counts.differ} differ`);
  if (!partial && all.length < PROGRAMS_MIN) {
    console.log(`too few programs: programs=${all.length} programs_min=${PROGRAMS_MIN}`);
    return 1;
  }
  return counts.failed === 0 ? 0 : 1;
}

if (process.argv[1] === import.meta.filename) process.exitCode = await main();
