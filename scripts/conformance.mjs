// `npm run conformance`: the programs of `conformance/` on workerd and on Steadfast, compared.
import { join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { build, root, run, runMain } from "./build.mjs";

/** Runs the suite with `args`; `onOutput` sees what it prints. */
export async function runConformance(args, onOutput) {
  const runner = join(root, "conformance", "run.mjs");
  await run([process.execPath, runner, ...args], onOutput ? { onOutput } : {});
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  await runMain(async () => {
    await build();
    await runConformance(process.argv.slice(2));
  });
}
