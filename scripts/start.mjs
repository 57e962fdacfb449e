// `npm start`: builds what is missing, then serves the counter example with its data in `.steadfast`.
import { join } from "node:path";
import process from "node:process";
import { build, root, runMain } from "./build.mjs";

const PARENT_CHECK_MS = 100;

await runMain(async () => {
  await build();
  endWithParent();
  const cli = join(root, "packages", "steadfast", "bin", "steadfast.js");
  const example = join(root, "examples", "counter");
  const data = join(root, ".steadfast");
  process.argv = [process.execPath, cli, "dev", example, "--persist-to", data];
  await import(cli);
});

/** A killed npm leaves its script running; without this the port and the data would stay taken. */
function endWithParent() {
  const parent = process.ppid;
  const check = setInterval(() => {
    if (process.ppid !== parent) process.exit(1);
  }, PARENT_CHECK_MS);
  check.unref();
}
