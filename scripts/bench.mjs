// `npm run bench`: Steadfast and workerd on the same worker in one run.
import process from "node:process";
import { build, run, runMain } from "./build.mjs";

await runMain(async () => {
  await build();
  const bench = ["cargo", "run", "--release", "--locked", "--quiet", "-p", "steadfast-bench", "--"];
  await run([...bench, ...process.argv.slice(2)]);
});
