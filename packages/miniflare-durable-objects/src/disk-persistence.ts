/**
 * Data directories of Steadfast as persistence: `durableObjectsPersist: "steadfast:./data"`, or `"./data"` where there
 * is one.
 */
import { isAbsolute, resolve } from "node:path";
import type { Storage, StorageFactory } from "@miniflare/shared";
import { DiskStorage, isDataDirectory } from "@steadfast/storage";

/**
 * The option with its path made absolute, if it names a data directory. `steadfast:` alone is `.mf/steadfast`.
 *
 * Miniflare hands the option on to mounted Workers as if all of it was a path, so it may also come behind an
 * absolute one, the root that its own path is relative to.
 */
export function resolveDisk(rootPath: string, persist: string): string | undefined {
  const [url, before, path] = DISK_URL.exec(persist) ?? [];
  if (url === undefined || (before !== undefined && !isAbsolute(before))) return undefined;
  return DISK_SCHEME + resolve(before ?? rootPath, path || DEFAULT_DIRECTORY);
}

/** A path that leads to a data directory as {@link resolveDisk} gives it; anything else as it is. */
export function diskOf(persist: string): string {
  return isAbsolute(persist) && isDataDirectory(persist) ? DISK_SCHEME + persist : persist;
}

/** The storages of a plugin in a data directory, which is opened with the first of them. */
export class DiskFactory implements StorageFactory {
  readonly #directory: string;
  #disk: DiskStorage | undefined;

  constructor(directory: string) {
    this.#directory = directory;
  }

  /** The factory for an option that names a data directory by its scheme; none for any other. */
  static of(persist: boolean | string | undefined): DiskFactory | undefined {
    if (typeof persist !== "string" || !persist.startsWith(DISK_SCHEME)) return undefined;
    return new DiskFactory(persist.slice(DISK_SCHEME.length));
  }

  storage(namespace: string): Storage {
    this.#disk ??= new DiskStorage(this.#directory);
    return this.#disk.object(namespace);
  }

  /** Makes everything durable, and lets go of the directory. */
  async dispose(): Promise<void> {
    await this.#disk?.close();
  }
}

const DISK_SCHEME = "steadfast:";
/** The scheme, behind a root or not; slashes as in a URL with an authority are allowed. */
const DISK_URL = /^(?:(.*)[/\\])?steadfast:(?:\/\/)?(.*)$/s;
const DEFAULT_DIRECTORY = ".mf/steadfast";
