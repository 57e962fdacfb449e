import { isAbsolute, relative } from "node:path";

/** A request that was answered. */
export interface Access {
  method: string;
  path: string;
  status: number;
  durationMs: number;
}

const CODES = { bold: 1, dim: 2, red: 31, green: 32, yellow: 33, cyan: 36 } as const;

/** A way to emphasise text, where the terminal can show it. */
export type Style = keyof typeof CODES;

/** Everything the commands say: progress and requests on stdout, problems on stderr. */
export class Terminal {
  /** Whether text is coloured: on a terminal, unless `NO_COLOR` is set. */
  readonly color: boolean;
  #accessLines: string[] = [];

  constructor(environment: NodeJS.ProcessEnv = process.env) {
    const { NO_COLOR, FORCE_COLOR } = environment;
    const forced = FORCE_COLOR !== undefined && FORCE_COLOR !== "" && FORCE_COLOR !== "0";
    const refused = (NO_COLOR !== undefined && NO_COLOR !== "") || FORCE_COLOR === "0";
    this.color = forced || (process.stdout.isTTY === true && !refused);
  }

  paint(style: Style, text: string): string {
    return this.color ? `\u001b[${CODES[style]}m${text}\u001b[0m` : text;
  }

  print(text: string): void {
    process.stdout.write(`${text}\n`);
  }

  warn(text: string): void {
    process.stderr.write(`${this.paint("yellow", "warning")} ${text}\n`);
  }

  note(text: string): void {
    process.stderr.write(`${this.paint("dim", "note")} ${text}\n`);
  }

  error(text: string): void {
    process.stderr.write(`${this.paint("red", "error")} ${text}\n`);
  }

  /** Logs a request; those of one event-loop turn are written together. */
  access({ method, path, status, durationMs }: Access): void {
    const time = this.paint(
      "dim",
      `${durationMs < 10 ? durationMs.toFixed(1) : Math.round(durationMs)} ms`,
    );
    const line = `${method} ${path} ${this.paint(statusStyle(status), String(status))} ${time}`;
    if (this.#accessLines.push(line) === 1) setImmediate(() => this.flush());
  }

  /** Writes the requests that are still waiting to be logged. */
  flush(): void {
    if (this.#accessLines.length === 0) return;
    const lines = this.#accessLines;
    this.#accessLines = [];
    this.print(lines.join("\n"));
  }
}

/** A path as it is easiest to read from here. */
export function shownPath(path: string): string {
  const short = relative(process.cwd(), path);
  return short === "" ? "." : short.startsWith("..") || isAbsolute(short) ? path : short;
}

function statusStyle(status: number): Style {
  if (status >= 500) return "red";
  if (status >= 400) return "yellow";
  return status >= 300 ? "cyan" : "green";
}
