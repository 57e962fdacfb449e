import { readFileSync } from "node:fs";
import { HELP, parseArguments } from "./arguments.js";
import { CliError } from "./error.js";
import { Terminal } from "./terminal.js";

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
    case "dev": {
      const { dev } = await import("./dev.js");
      return dev(parsed);
    }
    case "serve": {
      const { serve } = await import("./serve.js");
      return serve(parsed);
    }
    default: {
      const { runDataCommand } = await import("./data/command.js");
      return runDataCommand(parsed.command, parsed);
    }
  }
}

function version(): string {
  const text = readFileSync(new URL("../../package.json", import.meta.url), "utf8");
  return (JSON.parse(text) as { version: string }).version;
}

try {
  await main(process.argv.slice(2));
} catch (error) {
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
  const explained =
    error instanceof CliError || (error instanceof Error && error.name === "SteadfastError");
  new Terminal().error(explained ? error.message : text);
  // Threads may be running already.
  process.exit(1);
}
