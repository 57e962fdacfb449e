// Brings the checkout up to date: npm packages, the native addon, the compiled TypeScript.
// Each part compares its sources with what it made last time, so a second run costs milliseconds.
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import {
  copyFileSync,
  existsSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";

/** The root of the repository. */
export const root = dirname(dirname(fileURLToPath(import.meta.url)));

const packageDirectory = join(root, "packages", "steadfast");
const addon = join(packageDirectory, "steadfast.node");
const installStamp = join(root, "node_modules", ".steadfast-installed");

/** A command that ended with a non-zero code. */
export class CommandFailed extends Error {
  constructor(command, code) {
    super(`command failed: command="${command.join(" ")}" exit_code=${code}`);
    this.name = "CommandFailed";
  }
}

/** Runs a command with the terminal of this process; `onOutput` sees its text too when given. */
export function run(command, { onOutput, env } = {}) {
  const [program, ...args] = command;
  const piped = onOutput !== undefined;
  const child = spawn(program, args, {
    cwd: root,
    env: { ...process.env, ...env },
    stdio: ["ignore", piped ? "pipe" : "inherit", piped ? "pipe" : "inherit"],
    shell: process.platform === "win32" && program === "npm",
  });
  if (piped) {
    child.stdout.on("data", (chunk) => {
      process.stdout.write(chunk);
      onOutput(chunk.toString());
    });
    child.stderr.on("data", (chunk) => {
      process.stderr.write(chunk);
      onOutput(chunk.toString());
    });
  }
  return new Promise((resolve, reject) => {
    child.once("error", (error) => reject(missingProgram(program, error)));
    child.once("close", (code, signal) => {
      if (code === 0) resolve();
      else reject(new CommandFailed(command, code ?? signal));
    });
  });
}

function missingProgram(program, error) {
  if (error.code !== "ENOENT") return error;
  const hint =
    program === "cargo" ? "install Rust from https://rustup.rs" : "install it and try again";
  return new Error(`${program} was not found: ${hint}`);
}

/** Installs the npm packages when the lock file differs from what was installed last. */
export async function installPackages() {
  const wanted = createHash("sha256")
    .update(readFileSync(join(root, "package-lock.json")))
    .digest("hex");
  if (existsSync(installStamp) && readFileSync(installStamp, "utf8") === wanted) return;
  say("installing npm packages");
  await run(["npm", "ci", "--no-audit", "--no-fund", "--ignore-scripts"]);
  writeFileSync(installStamp, wanted);
}

/**
 * Compiles the addon when a Rust source is newer than the copy in the package.
 *
 * `everything` compiles the tests and examples of the whole workspace in the same pass, so that
 * testing afterwards compiles nothing a second time.
 */
export async function buildAddon({ everything = false } = {}) {
  const sources = [
    join(root, "Cargo.toml"),
    join(root, "Cargo.lock"),
    join(root, "crates", "steadfast"),
    join(root, "crates", "steadfast-server"),
    join(root, "crates", "steadfast-sqlite"),
    join(root, "crates", "steadfast-node"),
  ];
  const stale = newest(sources, /\.(rs|toml|lock)$/) > modified(addon);
  if (!stale && !everything) return;
  if (stale) say("compiling the Rust core (the first time takes a few minutes)");
  const selection = everything
    ? ["--workspace", "--lib", "--bins", "--examples", "--tests"]
    : ["-p", "steadfast-node"];
  await run(["cargo", "build", "--release", "--locked", ...selection]);
  // A rename replaces the file at once, so a process that has the old one loaded is not disturbed.
  copyFileSync(join(targetDirectory(), "release", libraryName()), `${addon}.new`);
  renameSync(`${addon}.new`, addon);
}

/** Compiles the addon once more with the hooks that tests of durability need, beside the real one. */
export async function buildTestingAddon() {
  const features = ["-p", "steadfast-node", "--features", "testing"];
  await run(["cargo", "build", "--release", "--locked", ...features]);
  copyFileSync(
    join(targetDirectory(), "release", libraryName()),
    join(targetDirectory(), TESTING_ADDON),
  );
}

const TESTING_ADDON = "steadfast.testing.node";

/** Compiles the TypeScript of each package when its source, or one it stands on, is newer than the last output. */
export async function buildTypeScript() {
  const shared = [join(root, "tsconfig.base.json"), installStamp];
  const sources = [...shared];
  for (const name of PACKAGES) {
    const directory = join(root, "packages", name);
    const stamp = join(directory, "dist", ".built");
    sources.push(join(directory, "src"), join(directory, "tsconfig.json"));
    if (newest(sources, /./) <= modified(stamp)) continue;
    say(`compiling TypeScript of packages/${name}`);
    rmSync(join(directory, "dist"), { recursive: true, force: true });
    await run([process.execPath, tool("typescript", "bin/tsc"), "-p", directory]);
    writeFileSync(stamp, "");
  }
}

/** The packages of TypeScript, each after those whose types it uses. */
export const PACKAGES = ["steadfast", "storage", "miniflare-durable-objects"];

/** Everything the package needs to run. */
export async function build(options) {
  await installPackages();
  await buildAddon(options);
  await buildTypeScript();
}

/** The path of a script inside an installed development package. */
export function tool(name, script) {
  return join(root, "node_modules", name, script);
}

/** Prints one line about what is being done. */
export function say(text) {
  process.stdout.write(`steadfast: ${text}\n`);
}

/** Runs `main`; on failure prints the message alone and ends with code 1. */
export async function runMain(main) {
  try {
    await main();
  } catch (error) {
    const known = error instanceof CommandFailed || !(error instanceof TypeError);
    process.stderr.write(`steadfast: ${known ? error.message : error.stack}\n`);
    process.exitCode = 1;
  }
}

function libraryName() {
  if (process.platform === "win32") return "steadfast_node.dll";
  return `libsteadfast_node.${process.platform === "darwin" ? "dylib" : "so"}`;
}

function targetDirectory() {
  return process.env.CARGO_TARGET_DIR ?? join(root, "target");
}

function modified(path) {
  return existsSync(path) ? statSync(path).mtimeMs : 0;
}

/** The newest modification time below `paths`, of files whose name matches `pattern`. */
function newest(paths, pattern) {
  let time = 0;
  for (const path of paths) {
    if (!existsSync(path)) continue;
    const status = statSync(path);
    if (!status.isDirectory()) {
      time = Math.max(time, status.mtimeMs);
      continue;
    }
    const entries = readdirSync(path, { withFileTypes: true })
      .filter((entry) => entry.isDirectory() || pattern.test(entry.name))
      .map((entry) => join(path, entry.name));
    time = Math.max(time, newest(entries, pattern));
  }
  return time;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await runMain(() => build());
