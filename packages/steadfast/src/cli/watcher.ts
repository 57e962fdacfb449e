import { type FSWatcher, statSync, watch } from "node:fs";
import { basename, dirname } from "node:path";

/** Editors write a file in several steps; changes closer together than this are one. */
const SETTLE_MS = 30;

/**
 * Waits for changes of a set of files.
 *
 * It watches their directories, because an editor may replace a file instead of writing to it, and
 * a file that does not exist yet can be awaited too.
 */
export class Watcher {
  readonly #directories = new Map<string, FSWatcher>();
  #files = new Set<string>();
  #everything = false;
  #changed = false;
  #waiting: (() => void)[] = [];

  /**
   * Watches `files` from now on instead of the previous ones.
   *
   * A file modified after `sinceMs` (Unix time) counts as changed already. With `everything`, any
   * file beside the given ones counts, for when it is unknown which file is wanted.
   */
  follow(files: readonly string[], sinceMs: number, everything = false): void {
    this.#files = new Set(files);
    this.#everything = everything;
    const wanted = new Set(files.map((file) => dirname(file)));
    for (const [directory, watcher] of this.#directories) {
      if (wanted.has(directory)) continue;
      watcher.close();
      this.#directories.delete(directory);
    }
    for (const directory of wanted) this.#watch(directory);
    if (files.some((file) => modified(file) > sinceMs)) this.#note();
  }

  /** Resolves as soon as there is a change that {@link Watcher.changed} would report. */
  async noticed(): Promise<void> {
    if (this.#changed) return;
    await new Promise<void>((resolve) => this.#waiting.push(resolve));
  }

  /** Resolves when a followed file has changed since the last call, and the change has settled. */
  async changed(): Promise<void> {
    await this.noticed();
    do {
      this.#changed = false;
      await new Promise((resolve) => setTimeout(resolve, SETTLE_MS));
    } while (this.#changed);
  }

  /** Stops watching. */
  close(): void {
    for (const watcher of this.#directories.values()) watcher.close();
    this.#directories.clear();
  }

  #watch(directory: string): void {
    if (this.#directories.has(directory)) return;
    try {
      const watcher = watch(directory, (_event, name) => {
        if (name === null || this.#matters(directory, name)) this.#note();
      });
      // The directory itself may be removed; its files are then changed as well.
      watcher.on("error", () => this.#forget(directory, watcher));
      this.#directories.set(directory, watcher);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
    }
  }

  #matters(directory: string, name: string): boolean {
    if (this.#everything) return !name.startsWith(".steadfast");
    for (const file of this.#files) {
      if (basename(file) === name && dirname(file) === directory) return true;
    }
    return false;
  }

  #forget(directory: string, watcher: FSWatcher): void {
    watcher.close();
    this.#directories.delete(directory);
    this.#note();
  }

  #note(): void {
    this.#changed = true;
    for (const resolve of this.#waiting) resolve();
    this.#waiting = [];
  }
}

function modified(file: string): number {
  return statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0;
}
