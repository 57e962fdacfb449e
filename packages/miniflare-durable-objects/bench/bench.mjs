// Measures each case on both sides by turns, each time in a process of its own that begins with nothing.
//
// Prints one line per case, `bench <name> ours=<n> peer=<n> ratio=<r>`, each number the median of its runs, in
// operations a second. A ratio above 1 means that ours is faster. Conditions go to standard error. The peer is
// what Miniflare 2 is made of. A run whose final state lacks what was acknowledged fails the benchmark.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { loadavg } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { fileSystem, HELP, parseSettings } from "./settings.mjs";

const SIDES = ["ours", "peer"];

try {
  const settings = parseSettings(process.argv.slice(2));
  if (settings === undefined) process.stdout.write(`${HELP}\n`);
  else await bench(settings);
} catch (error) {
  process.stderr.write(`bench: ${error.message}\n`);
  process.exitCode = 1;
}

async function bench(settings) {
  const { runs, seconds, data } = settings;
  mkdirSync(data, { recursive: true });
  const kind = fileSystem(data);
  if (kind === "tmpfs" || kind === "ramfs") {
    throw new Error(`data must be on a disk, use --data: directory=${data} file_system=${kind}`);
  }
  const load = loadavg()[0].toFixed(2);
  note(
    `runs=${runs} seconds=${seconds} file_system=${kind} node=${process.version} load_before=${load}`,
  );
  for (const each of settings.cases) {
    note(`${each.name}: ${each.conditions}`);
    const samples = { ours: [], peer: [] };
    for (let round = 0; round < runs; round++) {
      for (const side of SIDES) {
        const { rate, remark = "" } = await measure(each.name, side, settings);
        note(`${each.name} round=${round} ${side}=${rate.toFixed(1)}${remark && ` ${remark}`}`);
        samples[side].push(rate);
      }
    }
    const [ours, peer] = [median(samples.ours), median(samples.peer)];
    const ratio = (ours / peer).toFixed(2);
    process.stdout.write(
      `bench ${each.name} ours=${ours.toFixed(1)} peer=${peer.toFixed(1)} ratio=${ratio}\n`,
    );
  }
}

/** One run of one side, and the check that all it acknowledged is there. */
async function measure(name, side, { seconds, data }) {
  const directory = mkdtempSync(join(data, `${name}-${side}-`));
  try {
    const task = { name, side, seconds, directory };
    const result = await child({ ...task, step: "measure" });
    if (result.acknowledged !== undefined) {
      await child({ ...task, step: "check", acknowledged: result.acknowledged });
    }
    return result;
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

async function child(task) {
  const process_ = spawn(process.execPath, [join(import.meta.dirname, "side.mjs")], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  process_.stdin.end(JSON.stringify(task));
  let output = "";
  process_.stdout.setEncoding("utf8").on("data", (text) => {
    output += text;
  });
  const [code, signal] = await once(process_, "close");
  // A child that has said all is whole, however it ended.
  if (output.endsWith("\n")) return JSON.parse(output);
  throw new Error(
    `${task.step} failed: case=${task.name} side=${task.side} exit=${code ?? signal}`,
  );
}

function median(samples) {
  const sorted = samples.toSorted((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

function note(text) {
  process.stderr.write(`# ${text}\n`);
}
