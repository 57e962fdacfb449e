import { join } from "node:path";
import type { Arguments } from "./arguments.js";
import { type Bundle, type Bundler, createBundler } from "./bundle/bundle.js";
import { bundleDirectory } from "./bundle/load.js";
import { readWorkerConfig, type WorkerConfig } from "./config/worker.js";
import type { Terminal } from "./terminal.js";

/** What is on disk, made ready to run. */
export interface Revision {
  config: WorkerConfig;
  bundle: Bundle;
  /** For how long its objects keep what they were. */
  historyMs: number | undefined;
  /** Equal for two revisions that run the same. */
  identity: string;
}

/** A project under development: its configuration and its build, which are repeated as it changes. */
export class Project {
  readonly #arguments: Arguments;
  readonly #terminal: Terminal;
  #config: WorkerConfig | undefined;
  #bundler: Bundler | undefined;
  #inputs: readonly string[] = [];

  constructor(given: Arguments, terminal: Terminal) {
    this.#arguments = given;
    this.#terminal = terminal;
  }

  /** Reads the configuration. Throws a `CliError` when it is wrong; what was read before stays. */
  async readConfig(): Promise<WorkerConfig> {
    const { directory, config: file, environment } = this.#arguments;
    const config = await readWorkerConfig(directory, file, environment);
    if (this.#config && identityOf(this.#config) === identityOf(config)) return this.#config;
    for (const warning of config.warnings) this.#terminal.warn(warning);
    this.#config = config;
    await this.#bundler?.dispose();
    this.#bundler = undefined;
    return config;
  }

  /** Reads and builds what is on disk now. */
  async build(): Promise<Revision> {
    const config = await this.readConfig();
    this.#bundler ??= await createBundler(config, {
      mode: "development",
      color: this.#terminal.color,
      outputDirectory: bundleDirectory(),
    });
    const bundle = await this.#bundler.build();
    for (const warning of bundle.warnings) this.#terminal.warn(warning);
    this.#inputs = bundle.inputs;
    const { historyMs } = this.#arguments;
    return { config, bundle, historyMs, identity: `${identityOf(config)}\n${bundle.code}` };
  }

  /** The files a new build may be needed for; packages are not expected to change. */
  files(): string[] {
    const config = this.#config;
    if (config === undefined) return [];
    const { environment } = this.#arguments;
    const variables = [".dev.vars", ".env", ".env.local"];
    if (environment !== undefined) {
      variables.push(
        `.dev.vars.${environment}`,
        `.env.${environment}`,
        `.env.${environment}.local`,
      );
    }
    return [
      config.path,
      config.main,
      ...variables.map((name) => join(config.directory, name)),
      ...this.#inputs.filter((path) => !/[\\/]node_modules[\\/]/.test(path)),
    ];
  }
}

function identityOf(config: WorkerConfig): string {
  return JSON.stringify({ ...config, secrets: [...config.secrets] });
}
