// `npm start` and `npm run chat`: build what is missing, then serve the example that the first argument
// names; the data of the counter are in `.steadfast`, those of others in the example.
// Options after `--` are those of `steadfast dev`: `npm start -- --port 8080`.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { build, root, runMain } from "./build.mjs";

const PARENT_CHECK_MS = 100;

await runMain(async () => {
  await build();
  endWithParent();
  const cli = join(root, "packages", "steadfast", "bin", "steadfast.js");
  const [name = "counter", ...options] = process.argv.slice(2);
  const example = join(root, "examples", name);
  const data = name === "counter" ? root : example;
  const persist = ["--persist-to", join(data, ".steadfast")];
  process.argv = [process.execPath, cli, "dev", example, ...persist, ...options];
  await import(cli);
});

/**
 * A killed npm leaves its script running; without this the port and the data would stay taken.
 *
 * npm runs scripts through a shell, which may stay between the two and outlive npm as well.
 */
function endWithParent() {
  if (!["start", "chat"].includes(process.env.npm_lifecycle_event)) return;
  const parent = process.ppid;
  const shellOf = /^(ba|da)?sh$/.test(commandOf(parent)) ? parentOf(parent) : undefined;
  const check = setInterval(() => {
    const left = process.ppid !== parent;
    if (left || (shellOf !== undefined && parentOf(parent) !== shellOf)) process.exit(1);
  }, PARENT_CHECK_MS);
  check.unref();
}

/** The name of a program, where the system tells it in `/proc`. */
function commandOf(pid) {
  return statusOf(pid)?.[1] ?? "";
}

function parentOf(pid) {
  return statusOf(pid)?.[2];
}

function statusOf(pid) {
  try {
    return /\((.*)\) \S (\d+)/s.exec(readFileSync(`/proc/${pid}/stat`, "utf8"));
  } catch {
    // Not Linux, or the process is gone.
    return undefined;
  }
}
