import { constants } from "node:os";
import type { Terminal } from "./terminal.js";

/** Ends the command because it cannot go on. */
export function fail(terminal: Terminal, message: string): never {
  terminal.flush();
  terminal.error(message);
  process.exit(1);
}

/** On SIGTERM or SIGINT runs `stop` and ends with code 0; a second signal ends at once. */
export function stopOnSignal(terminal: Terminal, stop: () => Promise<void>): void {
  let stopping = false;
  const onSignal = async (signal: "SIGINT" | "SIGTERM") => {
    if (stopping) process.exit(128 + constants.signals[signal]);
    stopping = true;
    terminal.flush();
    terminal.print(`${signal}: finishing the requests in flight`);
    try {
      await stop();
    } catch (error) {
      fail(terminal, error instanceof Error ? error.message : String(error));
    }
    terminal.flush();
    process.exit(0);
  };
  process.on("SIGINT", onSignal);
  process.on("SIGTERM", onSignal);
}
