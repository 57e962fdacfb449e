/** Where the plugin keeps the storages of objects and their alarms. */
import { resolveStoragePersist } from "@miniflare/shared";
import { diskOf, resolveDisk } from "./disk-persistence";

/** The option `durableObjectsPersist`. */
export type DurableObjectsPersist = boolean | string | undefined;

/**
 * The option with a path made absolute; a URL stays as it is. Miniflare's factory knows memory, directories and
 * Redis; what names a data directory of Steadfast, by its scheme or because one is there, is for a `DiskFactory`.
 */
export function resolvePersist(rootPath: string, persist: DurableObjectsPersist) {
  const disk = typeof persist === "string" ? resolveDisk(rootPath, persist) : undefined;
  if (disk !== undefined) return disk;
  const resolved = resolveStoragePersist(rootPath, persist);
  return typeof resolved === "string" ? diskOf(resolved) : resolved;
}
