// `npm run bench:miniflare`: our packages beside those of Miniflare 2 which they stand in for, in one run.
import { join } from "node:path";
import process from "node:process";
import { build, root, run, runMain } from "./build.mjs";

await runMain(async () => {
  await build();
  const bench = join(root, "packages/miniflare-durable-objects/bench/bench.mjs");
  await run([process.execPath, bench, ...process.argv.slice(2)]);
});
