// `npm run check`: formatting, lints and types of both languages, without running a test.

import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { installPackages, root, run, runMain, tool } from "./build.mjs";

/** Checks everything; throws at the first failure. */
export async function check() {
  await run(["cargo", "fmt", "--all", "--check"]);
  await run([
    "cargo",
    "clippy",
    "--release",
    "--locked",
    "--workspace",
    "--all-targets",
    "--",
    "-D",
    "warnings",
  ]);
  const doc = ["cargo", "doc", "--release", "--locked", "--no-deps"];
  const documented = ["-p", "steadfast", "-p", "steadfast-server", "-p", "steadfast-sqlite"];
  await run([...doc, ...documented], { env: { RUSTDOCFLAGS: "-D warnings" } });
  for (const project of typescriptProjects()) {
    await run([process.execPath, tool("typescript", "bin/tsc"), "--noEmit", "-p", project]);
  }
  await run([
    process.execPath,
    tool("@biomejs/biome", "bin/biome"),
    "check",
    "--error-on-warnings",
    root,
  ]);
}

function typescriptProjects() {
  const directories = [join(root, "conformance")];
  for (const group of ["packages", "examples"]) {
    for (const name of readdirSync(join(root, group))) directories.push(join(root, group, name));
  }
  // What users of a package write against its types.
  const types = directories.map((directory) => join(directory, "test", "types"));
  const users = types.map((directory) => join(directory, "user"));
  return [...directories, ...types, ...users]
    .map((directory) => join(directory, "tsconfig.json"))
    .filter(existsSync);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  await runMain(async () => {
    await installPackages();
    await check();
  });
}
