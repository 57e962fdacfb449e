import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

/** How long anything may take before a test gives up on it. */
const PATIENCE_MS = 15_000;

/** The program of the package. */
export const cliPath = fileURLToPath(new URL("../bin/steadfast.js", import.meta.url));

/** A running `steadfast` command, killed when the test ends if it still runs. */
export class Command {
  /** Everything it printed, both streams. */
  output = "";
  #child;
  #seen = 0;
  #waiting = new Set();
  #ended;

  /** Starts the command; its port is free and its data are in the project unless `args` say else. */
  constructor(t, args, { cwd, env = {}, program = [process.execPath, cliPath] } = {}) {
    const port = args.includes("--port") ? [] : ["--port", "0"];
    const [file, ...before] = program;
    this.#child = spawn(file, [...before, ...args, ...port], {
      cwd,
      env: { ...process.env, NODE_ENV: undefined, FORCE_COLOR: undefined, ...env },
      stdio: ["ignore", "pipe", "pipe"],
      // The program may start others; a signal is for all of them.
      detached: true,
    });
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      stream.setEncoding("utf8").on("data", (text) => this.#print(text));
    }
    this.#ended = once(this.#child, "close").then(([code, signal]) => {
      for (const waiter of this.#waiting) waiter();
      return { code, signal };
    });
    t.after(() => this.kill("SIGKILL"));
  }

  get pid() {
    return this.#child.pid;
  }

  /** Resolves with the match once the output, after what was matched before, has `pattern`. */
  async printed(pattern) {
    for (;;) {
      const match = pattern.exec(this.output.slice(this.#seen));
      if (match) {
        this.#seen += match.index + match[0].length;
        return match;
      }
      if (this.#child.exitCode !== null || this.#child.signalCode !== null) {
        await this.#ended;
        throw new Error(`the command ended before it printed ${pattern}:\n${this.output}`);
      }
      await this.#more(pattern);
    }
  }

  /** Resolves when there is more output or the command ended. */
  #more(pattern) {
    return new Promise((resolve, reject) => {
      const late = () => reject(new Error(`never printed ${pattern}:\n${this.output}`));
      const timer = setTimeout(late, PATIENCE_MS);
      this.#waiting.add(() => {
        clearTimeout(timer);
        resolve();
      });
    });
  }

  /** Lets the next `printed` look at everything again. */
  rewind() {
    this.#seen = 0;
  }

  /** The address it serves, once it does. */
  async url() {
    const [, url] = await this.printed(/ready on \S*?(http:\/\/[\w.:[\]]+)/);
    return url;
  }

  /** How it ended: `{ code, signal }`. */
  ended() {
    return this.#ended;
  }

  /** Sends a signal and waits for the end. */
  async kill(signal) {
    this.signal(signal);
    return this.#ended;
  }

  /** Sends a signal. */
  signal(signal) {
    const { exitCode, signalCode } = this.#child;
    if (exitCode === null && signalCode === null) process.kill(-this.pid, signal);
  }

  #print(text) {
    this.output += text;
    const waiting = [...this.#waiting];
    this.#waiting.clear();
    for (const waiter of waiting) waiter();
  }
}

/** The text of a response. */
export async function get(url) {
  const response = await fetch(url, { signal: AbortSignal.timeout(PATIENCE_MS) });
  return response.text();
}

/** Runs a `steadfast` command to its end: `{ code, stdout, stderr }`. */
export function steadfast(args, { cwd, env = {} } = {}) {
  return new Promise((resolve) => {
    const options = { cwd, env: { ...process.env, FORCE_COLOR: undefined, ...env } };
    execFile(process.execPath, [cliPath, ...args], options, (error, stdout, stderr) => {
      resolve({ code: error?.code ?? 0, stdout, stderr });
    });
  });
}
