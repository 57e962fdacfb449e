/** Where the plugin keeps the storages of objects and their alarms. */
import { resolveStoragePersist, type StorageFactory } from "@miniflare/shared";

/** The option `durableObjectsPersist`. */
export type DurableObjectsPersist = boolean | string | undefined;

/** The option with a path made absolute; a URL stays as it is. */
export function resolvePersist(rootPath: string, persist: DurableObjectsPersist) {
  return resolveStoragePersist(rootPath, persist);
}

/**
 * The factory that makes the storages, of objects as well as of alarms: Miniflare's, which knows memory,
 * directories and Redis.
 */
export function factoryFor(
  miniflare: StorageFactory,
  _persist: DurableObjectsPersist,
): StorageFactory {
  return miniflare;
}
