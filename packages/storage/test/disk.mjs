// Directories and storages that a test leaves behind closed and removed.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DiskStorage } from "@steadfast/storage";

/** What a test has open. */
const opened = new WeakMap();

/** A directory that is removed when the test ends, after the storages in it were closed. */
export function temporary(t) {
  const directory = mkdtempSync(join(tmpdir(), "steadfast-disk-"));
  t.after(async () => {
    // One that has failed says so again.
    for (const storage of opened.get(t) ?? []) await storage.close().catch(() => undefined);
    rmSync(directory, { recursive: true, force: true });
  });
  return directory;
}

/** A storage that is closed when the test ends, in a directory of {@link temporary}. */
export function open(t, directory, options) {
  const storage = new DiskStorage(directory, options);
  opened.set(t, [...(opened.get(t) ?? []), storage]);
  return storage;
}
