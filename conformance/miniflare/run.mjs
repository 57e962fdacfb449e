// The differential runner: every program on the original package and on ours, transcripts compared.
//   node conformance/miniflare/run.mjs [--show] [--accept] [--against package] [name …]
import process from "node:process";
import { parseArgs } from "node:util";
import { differing, pinDifference, pinnedDifference } from "./differences.mjs";
import { judge } from "./judge.mjs";
import { ORIGINAL, OURS } from "./packages.mjs";
import { readPrograms } from "./programs.mjs";
import { runSide } from "./run-side.mjs";

/** A full run below this many programs proves too little. */
const PROGRAMS_MIN = 150;

async function main() {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      show: { type: "boolean", default: false },
      accept: { type: "boolean", default: false },
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
    if (values.accept && differing.has(name))
      pinDifference(name, original.get(name), ours.get(name));
    const pinned = pinnedDifference(name);
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
