// Deliberately broken builds: each patch of broken/ breaks one promise, and the programs it names
// must notice. Builds in a copy of the checkout under target/, so nothing broken is ever in use.
import { execFile, spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { copyFile, mkdir, readdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import process from "node:process";
import { pathToFileURL } from "node:url";
import { promisify } from "node:util";
import { runPrograms } from "./host.mjs";

/** @typedef {import("./program.mjs").Program} Program */
/** @typedef {{ name: string, file: string, breaks: string, caughtBy: string[] }} Broken */

const ROOT = dirname(import.meta.dirname);
const TREE = join(ROOT, "target", "teeth", "tree");
const BUILD = join(ROOT, "target", "teeth", "build");
const MODULES_STAMP = ".steadfast-installed";

/** The copy lies inside the checkout; git must take its paths as they are. */
const OUTSIDE_REPOSITORY = { ...process.env, GIT_CEILING_DIRECTORIES: dirname(TREE) };

const exec = promisify(execFile);

/**
 * @param {Program[]} programs
 * @param {string} golden
 * @returns {Promise<number>} The exit code.
 */
export async function checkTeeth(programs, golden) {
  const builds = await readBroken(join(import.meta.dirname, "broken"));
  const named = new Set(builds.flatMap(({ caughtBy }) => caughtBy));
  await syncTree();
  await linkModules();
  const whole = await failingPrograms(await buildTree(), select(programs, [...named]), golden);
  if (whole.length > 0) {
    console.log(`programs that fail without any patch prove nothing: ${whole.join(", ")}`);
    return 1;
  }
  let caught = 0;
  for (const broken of builds) {
    const verdict = await tryBroken(broken, programs, golden);
    if (verdict.caught) caught++;
    console.log(`${broken.name}: ${verdict.text}`);
  }
  console.log(`${caught} of ${builds.length} broken builds caught`);
  return caught === builds.length ? 0 : 1;
}

/**
 * @param {Broken} broken
 * @param {Program[]} programs
 * @param {string} golden
 * @returns {Promise<{ caught: boolean, text: string }>}
 */
async function tryBroken(broken, programs, golden) {
  await syncTree();
  try {
    await exec("git", ["apply", broken.file], { cwd: TREE, env: OUTSIDE_REPOSITORY });
  } catch (error) {
    return {
      caught: false,
      text: `the patch no longer applies\n${/** @type {Error} */ (error).message}`,
    };
  }
  const tree = await buildTree();
  const failing = await failingPrograms(tree, select(programs, broken.caughtBy), golden);
  const missed = broken.caughtBy.filter((name) => !failing.includes(name));
  const notes = missed.length > 0 ? `, missed by ${missed.join(", ")}` : "";
  if (failing.length === 0) return { caught: false, text: `NOT CAUGHT${notes}` };
  return { caught: true, text: `caught by ${failing.join(", ")}${notes}` };
}

/**
 * A patch begins with two lines: `Breaks: <what>` and `Caught by: <program>, …`.
 * @param {string} folder
 * @returns {Promise<Broken[]>}
 */
async function readBroken(folder) {
  const names = (await readdir(folder)).filter((name) => name.endsWith(".patch")).sort();
  return Promise.all(
    names.map(async (name) => {
      const file = join(folder, name);
      const [, breaks, caughtBy] =
        /^Breaks: (.+)\nCaught by: (.+)\n/.exec(await readFile(file, "utf8")) ?? [];
      if (!caughtBy) throw new Error(`${name} does not say what it breaks and what catches it`);
      return {
        name: name.slice(0, -".patch".length),
        file,
        breaks,
        caughtBy: caughtBy.split(", "),
      };
    }),
  );
}

/**
 * @param {Program[]} programs
 * @param {string[]} names
 */
function select(programs, names) {
  const selected = programs.filter(({ name }) => names.includes(name));
  const unknown = names.filter((name) => !selected.some((program) => program.name === name));
  if (unknown.length > 0) throw new Error(`a broken build names no program: ${unknown.join(", ")}`);
  return selected;
}

/**
 * The programs whose output is not the golden one.
 * @param {import("./host.mjs").StartHost} startHost
 * @param {Program[]} programs
 * @param {string} golden
 */
async function failingPrograms(startHost, programs, golden) {
  const run = await runPrograms(startHost, programs);
  const failing = [];
  for (const { name } of programs) {
    const expected = await readFile(join(golden, `${name}.txt`), "utf8");
    if (run.answers.get(name)?.text !== expected) failing.push(name);
  }
  return failing;
}

/** Makes the copy equal to the checkout, touching only files that differ. */
async function syncTree() {
  const listed = await exec(
    "git",
    ["ls-files", "-z", "--cached", "--others", "--exclude-standard"],
    {
      cwd: ROOT,
      maxBuffer: 1 << 26,
    },
  );
  for (const path of listed.stdout.split("\0").filter(Boolean)) {
    const [from, to] = [join(ROOT, path), join(TREE, path)];
    const wanted = await readFile(from).catch(() => undefined);
    if (wanted === undefined) await rm(to, { force: true });
    else if (!(await readFile(to).catch(() => undefined))?.equals(wanted)) {
      await mkdir(dirname(to), { recursive: true });
      await copyFile(from, to);
    }
  }
}

/** The copy uses the installed packages, but its own steadfast; its build finds them up to date. */
async function linkModules() {
  const modules = join(TREE, "node_modules");
  await rm(modules, { recursive: true, force: true });
  await mkdir(modules, { recursive: true });
  for (const name of await readdir(join(ROOT, "node_modules"))) {
    if (name === MODULES_STAMP) continue;
    const own = name === "steadfast";
    await symlink(
      own ? join(TREE, "packages", "steadfast") : join(ROOT, "node_modules", name),
      join(modules, name),
    );
  }
  const lock = await readFile(join(TREE, "package-lock.json"));
  await writeFile(join(modules, MODULES_STAMP), createHash("sha256").update(lock).digest("hex"));
}

/**
 * Builds the copy.
 * @returns {Promise<import("./host.mjs").StartHost>} Starts programs on what was built.
 */
async function buildTree() {
  const child = spawn(process.execPath, [join(TREE, "scripts", "build.mjs")], {
    cwd: TREE,
    env: { ...process.env, CARGO_TARGET_DIR: BUILD, CARGO_INCREMENTAL: "1" },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let log = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.on("data", (chunk) => {
      log += chunk;
    });
  }
  const [code] = await once(child, "close");
  if (code !== 0) throw new Error(`the copy does not build:\n${log}`);
  const module = await import(pathToFileURL(join(TREE, "conformance", "steadfast.mjs")).href);
  return module.startSteadfast;
}
