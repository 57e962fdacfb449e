// `npm run bench:core`: engines and storage from Rust, without HTTP and JavaScript.
import process from "node:process";
import { run, runMain } from "./build.mjs";

await runMain(async () => {
  const bench = ["cargo", "run", "--release", "--locked", "--quiet", "-p", "steadfast-bench", "--"];
  await run([...bench, "core", ...process.argv.slice(2)]);
});
