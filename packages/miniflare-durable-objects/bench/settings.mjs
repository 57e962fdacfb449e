// The command line.
import { readFileSync, realpathSync } from "node:fs";
import { join, resolve, sep } from "node:path";
import { CASES } from "./cases.mjs";

const root = join(import.meta.dirname, "../../..");

/** What `--help` prints. */
export const HELP = `\
Compares the packages for Miniflare 2 with the ones they stand in for, on this machine.

  npm run bench:miniflare -- [--only NAME]... [--runs N] [--seconds S] [--data DIR]

  --only NAME    one case, may be repeated: ${CASES.map(({ name }) => name).join(" ")}
  --runs N       measurements of each side, the median counts (3)
  --seconds S    length of each measurement (3)
  --data DIR     where data is kept, on a real disk (target/bench-data)`;

/** The settings a command line asks for; `undefined` when it asks for help. */
export function parseSettings(args) {
  const settings = { cases: [], runs: 3, seconds: 3, data: join(root, "target/bench-data") };
  for (let i = 0; i < args.length; i += 2) {
    const [flag, value] = [args[i], args[i + 1]];
    if (flag === "--help") return undefined;
    if (value === undefined) throw new Error(`a value is missing: flag=${flag}`);
    if (flag === "--only") settings.cases.push(caseNamed(value));
    else if (flag === "--runs") settings.runs = count(flag, value);
    else if (flag === "--seconds") settings.seconds = count(flag, value);
    else if (flag === "--data") settings.data = resolve(value);
    else throw new Error(`unknown flag, try --help: flag=${flag}`);
  }
  if (settings.cases.length === 0) settings.cases = CASES;
  return settings;
}

/** The kind of the file system that holds a directory; "unknown" where the system does not say. */
export function fileSystem(directory) {
  if (process.platform !== "linux") return "unknown";
  const path = realpathSync(directory) + sep;
  const mounts = readFileSync("/proc/mounts", "utf8")
    .split("\n")
    .map((line) => line.split(" "));
  const holds = ([, mount]) =>
    mount !== undefined && path.startsWith(mount === sep ? sep : mount + sep);
  const [mount] = mounts.filter(holds).sort((a, b) => b[1].length - a[1].length);
  return mount?.[2] ?? "unknown";
}

function caseNamed(name) {
  const found = CASES.find((each) => each.name === name);
  if (found === undefined) throw new Error(`no such case, try --help: name=${name}`);
  return found;
}

function count(flag, value) {
  const number = Number(value);
  if (Number.isInteger(number) && number > 0) return number;
  throw new Error(`not a number above 0: flag=${flag} value=${value}`);
}
