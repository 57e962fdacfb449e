import { join } from "node:path";
import type { Arguments } from "./arguments.js";
import { type Bundler, createBundler } from "./bundle/bundle.js";
import { type BuiltWorker, bundleDirectory } from "./bundle/load.js";
import type { WorkerConfig } from "./config/worker.js";
import { readWorkerConfigs } from "./config/workers.js";
import type { Terminal } from "./terminal.js";

/** What is on disk, made ready to run. */
export interface Revision {
  /** The first gets the requests. */
  workers: BuiltWorker[];
  /** For how long their objects keep what they were. */
  historyMs: number | undefined;
  /** Equal for two revisions that run the same. */
  identity: string;
}

/** A Worker under development. */
interface Source {
  config: WorkerConfig;
  bundler: Bundler | undefined;
  /** What its last build was made from. */
  inputs: readonly string[];
}

/** Workers under development: their configurations and builds, which are repeated as they change. */
export class Project {
  readonly #arguments: Arguments;
  readonly #terminal: Terminal;
  #sources: Source[] = [];

  constructor(given: Arguments, terminal: Terminal) {
    this.#arguments = given;
    this.#terminal = terminal;
  }

  /** Reads the configurations. Throws a `CliError` when one is wrong; what was read before stays. */
  async readConfigs(): Promise<readonly [WorkerConfig, ...WorkerConfig[]]> {
    const configs = await readWorkerConfigs(this.#arguments);
    const before = this.#sources;
    this.#sources = configs.map((config, index) => {
      const source = before[index];
      if (source && identityOf(source.config) === identityOf(config)) return source;
      for (const warning of config.warnings) this.#terminal.warn(warning);
      return { config, bundler: undefined, inputs: source?.inputs ?? [] };
    });
    for (const source of before) {
      if (!this.#sources.includes(source)) await source.bundler?.dispose();
    }
    return configs;
  }

  /** Reads and builds what is on disk now. */
  async build(): Promise<Revision> {
    await this.readConfigs();
    const workers = await Promise.all(this.#sources.map((source) => this.#build(source)));
    const { historyMs } = this.#arguments;
    const identity = workers.map(({ config, bundle }) => `${identityOf(config)}\n${bundle.code}`);
    return { workers, historyMs, identity: identity.join("\n") };
  }

  async #build(source: Source): Promise<BuiltWorker> {
    const { config } = source;
    source.bundler ??= await createBundler(config, {
      mode: "development",
      color: this.#terminal.color,
      outputDirectory: bundleDirectory(),
    });
    const bundle = await source.bundler.build();
    for (const warning of bundle.warnings) this.#terminal.warn(warning);
    source.inputs = bundle.inputs;
    return { config, bundle };
  }

  /** The files a new build may be needed for; packages are not expected to change. */
  files(): string[] {
    const { environment } = this.#arguments;
    const variables = [".dev.vars", ".env", ".env.local"];
    if (environment !== undefined) {
      variables.push(
        `.dev.vars.${environment}`,
        `.env.${environment}`,
        `.env.${environment}.local`,
      );
    }
    return this.#sources.flatMap(({ config, inputs }) => [
      config.path,
      config.main,
      ...variables.map((name) => join(config.directory, name)),
      ...inputs.filter((path) => !/[\\/]node_modules[\\/]/.test(path)),
    ]);
  }
}

function identityOf(config: WorkerConfig): string {
  return JSON.stringify({ ...config, secrets: [...config.secrets] });
}
