import { readFileSync } from "node:fs";
import { type Arguments, HELP, parseArguments } from "./arguments.js";
import { CliError } from "./error.js";

/** Runs the command line; the exit code is set when it fails. */
async function main(args: readonly string[]): Promise<void> {
  const parsed = parseArguments(args);
  switch (parsed.command) {
    case "help":
      process.stdout.write(HELP);
      return;
    case "version":
      process.stdout.write(`${version()}\n`);
      return;
    case "dev":
    case "serve":
      return serve(parsed);
  }
}

async function serve(parsed: Arguments): Promise<void> {
  throw new CliError(`nothing can be served yet: command="${parsed.command}"`);
}

function version(): string {
  const text = readFileSync(new URL("../../package.json", import.meta.url), "utf8");
  return (JSON.parse(text) as { version: string }).version;
}

try {
  await main(process.argv.slice(2));
} catch (error) {
  if (!(error instanceof CliError)) throw error;
  process.stderr.write(`steadfast: ${error.message}\n`);
  process.exitCode = 1;
}
