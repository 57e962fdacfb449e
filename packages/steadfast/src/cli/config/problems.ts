import { CliError } from "../error.js";
import type { ConfigFile, KeyPath } from "./file.js";

/**
 * What is wrong with a configuration, collected so that one run shows everything.
 *
 * A warning lets the Worker start; an error does not.
 */
export class Problems {
  readonly #file: ConfigFile;
  readonly #errors: { path: KeyPath; message: string }[] = [];
  readonly #warnings: { path: KeyPath; message: string }[] = [];

  constructor(file: ConfigFile) {
    this.#file = file;
  }

  error(path: KeyPath, message: string): void {
    this.#errors.push({ path, message });
  }

  warn(path: KeyPath, message: string): void {
    this.#warnings.push({ path, message });
  }

  /** Throws all errors as one message, if there are any. */
  async throwErrors(): Promise<void> {
    if (this.#errors.length === 0) return;
    const lines = await Promise.all(this.#errors.map((each) => this.#line(each)));
    throw new CliError(lines.join("\n"));
  }

  /** The warnings, each with its place in the file. */
  warnings(): Promise<string[]> {
    return Promise.all(this.#warnings.map((each) => this.#line(each)));
  }

  async #line({ path, message }: { path: KeyPath; message: string }): Promise<string> {
    for (let depth = path.length; depth > 0; depth -= 1) {
      const position = await this.#file.position(path.slice(0, depth));
      if (position) return `${this.#file.name}:${position.line}:${position.column}: ${message}`;
    }
    return `${this.#file.name}: ${message}`;
  }
}

/** A path as people write it: `env.staging.durable_objects.bindings[0]`. */
export function dotted(path: KeyPath): string {
  return path
    .map((part, index) =>
      typeof part === "number" ? `[${part}]` : index === 0 ? part : `.${part}`,
    )
    .join("");
}
