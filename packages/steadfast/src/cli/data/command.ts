import { dirname, join, resolve } from "node:path";
import { binding } from "../../binding.js";
import { codedError } from "../../errors.js";
import type { Arguments, DataCommand } from "../arguments.js";
import { shownPath, Terminal } from "../terminal.js";
import { inspect } from "./inspect.js";
import { ProgressBar } from "./progress.js";
import { checkText, countsText } from "./report.js";

/** What a command found that is wrong: it ends with code 1 then. */
type Outcome = "fine" | "wrong";

/** `steadfast import`, `export`, `inspect` and `check`: work on data that no server uses. */
export async function runDataCommand(command: DataCommand, given: Arguments): Promise<void> {
  const terminal = new Terminal();
  try {
    const outcome = await COMMANDS[command](terminal, given, dataDirectory(given));
    if (outcome === "wrong") process.exitCode = 1;
  } catch (error) {
    throw codedError(error);
  }
}

type Run = (terminal: Terminal, given: Arguments, data: string) => Promise<Outcome>;

const COMMANDS: Record<DataCommand, Run> = {
  import: importData,
  export: exportData,
  check,
  async inspect(terminal, given, data) {
    terminal.print(await inspect(given, data));
    return "fine";
  },
};

async function importData(terminal: Terminal, given: Arguments, data: string): Promise<Outcome> {
  const [source = "."] = given.operands;
  const report = await withBar("importing", (onProgress) =>
    binding.importData(data, resolve(source), given.overwrite, onProgress),
  );
  if (given.json) {
    terminal.print(JSON.stringify(report, null, 2));
  } else {
    for (const { place, text } of report.notes) terminal.note(`${shownPath(place)}: ${text}`);
    terminal.print(`imported from ${shownPath(report.root)} into ${shownPath(data)}`);
    terminal.print(countsText(report));
    for (const { place, text } of report.problems) terminal.error(`${shownPath(place)}: ${text}`);
  }
  return report.problems.length === 0 ? "fine" : "wrong";
}

async function exportData(terminal: Terminal, given: Arguments, data: string): Promise<Outcome> {
  const [target = "."] = given.operands;
  const counts = await withBar("exporting", (onProgress) =>
    binding.exportData(data, resolve(target), given.overwrite, onProgress),
  );
  if (given.json) {
    terminal.print(JSON.stringify(counts, null, 2));
  } else {
    terminal.print(`exported from ${shownPath(data)} to ${shownPath(target)}`);
    terminal.print(countsText(counts));
  }
  return "fine";
}

async function check(terminal: Terminal, given: Arguments, data: string): Promise<Outcome> {
  const report = await withBar("checking", (onProgress) => binding.checkData(data, onProgress));
  const { findings } = report;
  if (given.json) {
    terminal.print(JSON.stringify(report, null, 2));
  } else {
    terminal.print(`checked ${shownPath(data)}`);
    terminal.print(checkText(report));
    for (const { place, text } of findings) terminal.error(`${shownPath(place)}: ${text}`);
  }
  return findings.length === 0 ? "fine" : "wrong";
}

/** Where the data of the project are; unlike for `dev` its configuration need not be readable. */
function dataDirectory({ persistTo, configs: [config], directory }: Arguments): string {
  if (persistTo !== undefined) return resolve(persistTo);
  return join(config === undefined ? resolve(directory) : dirname(resolve(config)), ".steadfast");
}

async function withBar<T>(
  what: string,
  work: (onProgress: (done: number, total: number) => void) => Promise<T>,
): Promise<T> {
  const bar = new ProgressBar(what, process.stderr);
  try {
    return await work((done, total) => bar.show(done, total));
  } finally {
    bar.end();
  }
}
