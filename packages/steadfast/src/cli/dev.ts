import { join } from "node:path";
import type { Arguments } from "./arguments.js";
import { banner } from "./banner.js";
import { BuildFailed, type Bundle, type Bundler, createBundler } from "./bundle/bundle.js";
import { bundleDirectory, loadBundle } from "./bundle/load.js";
import { CodeThread } from "./code-thread.js";
import { readWorkerConfig, type WorkerConfig } from "./config/worker.js";
import { fail, stopOnSignal } from "./ending.js";
import { CliError } from "./error.js";
import { dataDirectory } from "./serve.js";
import { Session } from "./session.js";
import { Terminal } from "./terminal.js";
import { Watcher } from "./watcher.js";

/** How long requests in flight may take after the first SIGTERM or SIGINT. */
const DRAIN_MS = 2_000;

/** `steadfast dev`: answers requests, and replaces the code whenever a source changes. */
export async function dev(given: Arguments): Promise<void> {
  const terminal = new Terminal();
  const project = new Project(given, terminal);
  const started = await project.start();
  const { session } = started;
  stopOnSignal(terminal, () => session.stop(DRAIN_MS));
  await started.loop;
}

/** A project under development: its configuration, its build, and the session that runs it. */
class Project {
  readonly #arguments: Arguments;
  readonly #terminal: Terminal;
  readonly #watcher = new Watcher();
  #config: WorkerConfig | undefined;
  #bundler: Bundler | undefined;
  #running: { code: string; config: string } | undefined;
  #inputs: readonly string[] = [];
  /** A thread that is starting while the build runs, or was not needed by a build that failed. */
  #spare: CodeThread | undefined;
  #shownError: string | undefined;

  constructor(given: Arguments, terminal: Terminal) {
    this.#arguments = given;
    this.#terminal = terminal;
  }

  /** Listens, and begins to follow the sources. The configuration must be right at first. */
  async start(): Promise<{ session: Session; loop: Promise<never> }> {
    this.#spare = new CodeThread();
    const startedMs = Date.now();
    const config = await this.#readConfig();
    const data = dataDirectory(this.#arguments, config);
    const session = await Session.start({
      arguments: this.#arguments,
      data,
      onAccess: (access) => this.#terminal.access(access),
      onFailure: (message) => fail(this.#terminal, message),
    });
    const { url } = session;
    const outcome = await this.#update(session, startedMs);
    if (outcome !== "failed") this.#terminal.print(banner(this.#terminal, config, { url, data }));
    else this.#terminal.print(`listening on ${url}; requests wait for code that works`);
    return { session, loop: this.#follow(session) };
  }

  async #follow(session: Session): Promise<never> {
    for (;;) {
      await this.#watcher.changed();
      const startedMs = Date.now();
      const outcome = await this.#update(session, startedMs);
      if (outcome === "running") {
        this.#terminal.flush();
        this.#terminal.print(`reloaded in ${Date.now() - startedMs} ms`);
      }
    }
  }

  /** Builds and runs what is on disk now; what ran before keeps running when that fails. */
  async #update(session: Session, startedMs: number): Promise<"running" | "unchanged" | "failed"> {
    try {
      const config = await this.#readConfig();
      const bundle = await this.#build(config);
      this.#inputs = bundle.inputs;
      const replaced = await this.#run(session, config, bundle);
      this.#watcher.follow(this.#followed(), startedMs);
      this.#shownError = undefined;
      return replaced ? "running" : "unchanged";
    } catch (error) {
      if (!(error instanceof CliError)) throw error;
      this.#showError(error);
      const unresolved =
        error instanceof BuildFailed && error.message.includes("Could not resolve");
      this.#watcher.follow(this.#followed(), startedMs, unresolved);
      return "failed";
    }
  }

  /** Any file may be the one that is missing, so a build can fail in the same way many times. */
  #showError({ message }: CliError): void {
    if (message === this.#shownError) return;
    this.#shownError = message;
    this.#terminal.flush();
    this.#terminal.error(message);
    if (this.#running) this.#terminal.print("the code from before keeps running");
  }

  /** Replaces the running code by `bundle`; false when it is the same. */
  async #run(session: Session, config: WorkerConfig, bundle: Bundle): Promise<boolean> {
    const next = { code: bundle.code, config: identity(config) };
    if (next.code === this.#running?.code && next.config === this.#running.config) return false;
    const thread = this.#spare ?? new CodeThread();
    this.#spare = undefined;
    try {
      await loadBundle(thread, config, bundle);
    } catch (error) {
      await thread.end();
      throw error;
    }
    this.#running = undefined;
    await session.run(thread);
    this.#running = next;
    return true;
  }

  async #readConfig(): Promise<WorkerConfig> {
    const { directory, config: file, environment } = this.#arguments;
    const config = await readWorkerConfig(directory, file, environment);
    if (this.#config && identity(this.#config) === identity(config)) return this.#config;
    for (const warning of config.warnings) this.#terminal.warn(warning);
    this.#config = config;
    await this.#bundler?.dispose();
    this.#bundler = undefined;
    return config;
  }

  async #build(config: WorkerConfig): Promise<Bundle> {
    this.#bundler ??= await createBundler(config, {
      mode: "development",
      color: this.#terminal.color,
      outputDirectory: bundleDirectory(),
    });
    this.#spare ??= new CodeThread();
    const bundle = await this.#bundler.build();
    for (const warning of bundle.warnings) this.#terminal.warn(warning);
    return bundle;
  }

  /** Sources of the project; packages are not expected to change. */
  #followed(): string[] {
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

/** What makes two readings of a configuration the same. */
function identity(config: WorkerConfig): string {
  return JSON.stringify({ ...config, secrets: [...config.secrets] });
}
