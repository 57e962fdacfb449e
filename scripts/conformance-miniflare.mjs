// `npm run conformance:miniflare`: the programs of `conformance/miniflare/` on the original package and on ours.
import { join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { build, root, run, runMain } from "./build.mjs";

/** Runs the programs with `args`; `onOutput` sees what it prints. */
export async function runMiniflareConformance(args, onOutput) {
  const runner = join(root, "conformance", "miniflare", "run.mjs");
  await run([process.execPath, runner, ...args], onOutput ? { onOutput } : {});
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  await runMain(async () => {
    await build();
    await runMiniflareConformance(process.argv.slice(2));
  });
}
