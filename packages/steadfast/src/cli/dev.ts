import type { Arguments } from "./arguments.js";
import { banner } from "./banner.js";
import { BuildFailed } from "./bundle/bundle.js";
import { loadBundles } from "./bundle/load.js";
import { CodeThreads } from "./code-threads.js";
import { fail, stopOnSignal } from "./ending.js";
import { CliError } from "./error.js";
import { Project, type Revision } from "./project.js";
import { dataDirectory } from "./serve.js";
import { Session } from "./session.js";
import { Terminal } from "./terminal.js";
import { Watcher } from "./watcher.js";

/** How long requests in flight may take after the first SIGTERM or SIGINT. */
const DRAIN_MS = 2_000;

/** `steadfast dev`: answers requests, and replaces the code whenever a source changes. */
export async function dev(given: Arguments): Promise<void> {
  const terminal = new Terminal();
  const spare = new CodeThreads(given);
  const project = new Project(given, terminal);
  const data = dataDirectory(given, (await project.readConfigs())[0]);
  const session = await Session.start({
    arguments: given,
    data,
    onAccess: (access) => terminal.access(access),
    onReplace: (message) => terminal.warn(message),
    onFailure: (message) => fail(terminal, message),
  });
  stopOnSignal(terminal, () => session.stop(DRAIN_MS));
  await new Development(given, terminal, project, session, data, spare).follow();
}

/** What came of a change: new code runs, nothing is different, it failed, or it changed again. */
type Outcome = "running" | "unchanged" | "failed" | "superseded";

/** The code that runs, and what replaces it. */
class Development {
  readonly #arguments: Arguments;
  readonly #terminal: Terminal;
  readonly #project: Project;
  readonly #session: Session;
  readonly #data: string;
  readonly #watcher = new Watcher();
  #running: Revision | undefined;
  /** Threads that are starting while the build runs, or were not needed by a build that failed. */
  #spare: CodeThreads | undefined;
  #shownError: string | undefined;
  #announced: "nothing" | "waiting" | "ready" = "nothing";

  constructor(
    given: Arguments,
    terminal: Terminal,
    project: Project,
    session: Session,
    data: string,
    spare: CodeThreads,
  ) {
    this.#arguments = given;
    this.#terminal = terminal;
    this.#project = project;
    this.#session = session;
    this.#data = data;
    this.#spare = spare;
  }

  /** Runs what is on disk, again after each change, for as long as the process lives. */
  async follow(): Promise<never> {
    for (;;) {
      const startedMs = Date.now();
      this.#announce(await this.#update(startedMs), startedMs);
      await this.#watcher.changed();
    }
  }

  /** Builds and runs what is on disk now; what ran before keeps running when that fails. */
  async #update(startedMs: number): Promise<Outcome> {
    try {
      this.#spare ??= new CodeThreads(this.#arguments);
      const revision = await this.#project.build();
      this.#watcher.follow(this.#project.files(), startedMs);
      const outcome = await this.#run(revision);
      this.#shownError = undefined;
      return outcome;
    } catch (error) {
      if (!(error instanceof CliError)) throw error;
      this.#showError(error);
      // Any new file may be the one that is missing.
      const unresolved =
        error instanceof BuildFailed && error.message.includes("Could not resolve");
      this.#watcher.follow(this.#project.files(), startedMs, unresolved);
      return "failed";
    }
  }

  async #run(next: Revision): Promise<Outcome> {
    if (next.identity === this.#running?.identity) return "unchanged";
    const threads = this.#spare ?? new CodeThreads(this.#arguments);
    this.#spare = undefined;
    try {
      // Code that never finishes loading must not outlive the change that mends it.
      const { workers, historyMs } = next;
      const settings = { historyMs, scheduled: "by request" } as const;
      const loading = threads
        .load((thread) => loadBundles(thread, workers, settings))
        .then(() => "loaded" as const);
      const first = await Promise.race([loading, this.#watcher.noticed()]);
      if (first !== "loaded") {
        await threads.end();
        return "superseded";
      }
    } catch (error) {
      await threads.end();
      throw error;
    }
    this.#running = undefined;
    await this.#session.run(threads);
    this.#running = next;
    return "running";
  }

  #announce(outcome: Outcome, startedMs: number): void {
    const { url } = this.#session;
    const terminal = this.#terminal;
    terminal.flush();
    if (outcome === "running" && this.#announced === "ready") {
      terminal.print(`reloaded in ${Date.now() - startedMs} ms`);
    } else if (outcome === "running" && this.#running) {
      const configs = this.#running.workers.map(({ config }) => config);
      terminal.print(banner(terminal, configs, { url, data: this.#data }));
      this.#announced = "ready";
    } else if (outcome === "failed" && this.#announced === "nothing") {
      terminal.print(`listening on ${url}; requests wait for code that works`);
      this.#announced = "waiting";
    }
  }

  /** The same failure is shown once, however often a file changes. */
  #showError({ message }: CliError): void {
    if (message === this.#shownError) return;
    this.#shownError = message;
    this.#terminal.flush();
    this.#terminal.error(message);
    if (this.#running) this.#terminal.print("the code from before keeps running");
  }
}
