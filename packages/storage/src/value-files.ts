/** The files a `FileStorage` is made of: reading, replacing, removing and finding them. */
import { randomBytes } from "node:crypto";
import type { Stats } from "node:fs";
import * as fs from "node:fs/promises";
import { dirname, join, sep } from "node:path";

/** The end of the names of files that hold what belongs to a value; those are never keys themselves. */
export const META_SUFFIX = ".meta.json";

/** What a file holds; `undefined` when there is none. */
export function readFile(path: string): Promise<Buffer | undefined> {
  return unlessMissing(fs.readFile(path), undefined);
}

/** Removes a file and says whether it was there. */
export function removeFile(path: string): Promise<boolean> {
  return unlessMissing(
    fs.unlink(path).then(() => true),
    false,
  );
}

/** A file that stands ready to take its name. */
export interface Prepared {
  /** Whether nothing has that name yet, so that nobody finds it before `commit`. */
  readonly isNew: boolean;
  /** Takes the name, in one step: whoever reads finds the old content or the new. */
  commit(): Promise<void>;
  /** Goes away without having taken the name. */
  discard(): Promise<void>;
}

/**
 * Writes `data` beside `path`, whose directory is made if need be, to take that name when all is ready. A process
 * that dies before leaves a file nobody reads or lists, because of the end of its name.
 *
 * What cannot be replaced without somebody noticing (a link, a file without permission to write) is written in
 * place at `commit`.
 */
export async function prepareFile(path: string, data: Uint8Array | string): Promise<Prepared> {
  await fs.mkdir(dirname(path), { recursive: true });
  const status = await statusOf(path);
  const inPlace: Prepared = {
    isNew: false,
    commit: () => fs.writeFile(path, data),
    discard: async () => {},
  };
  if (path.endsWith(sep) || !isReplaceable(status)) return inPlace;
  const temporary = join(
    dirname(path),
    `.steadfast-${randomBytes(12).toString("hex")}${META_SUFFIX}`,
  );
  const discard = async () => {
    await removeFile(temporary);
  };
  try {
    await fs.writeFile(temporary, data, { flag: "wx" });
    if (status !== undefined) await fs.chmod(temporary, status.mode);
  } catch (error) {
    await discard();
    if (!isRefusal(error)) throw error;
    return inPlace;
  }
  const commit = async () => {
    try {
      await fs.rename(temporary, path);
    } catch (error) {
      await discard();
      if (!isRefusal(error)) throw error;
      await inPlace.commit();
    }
  };
  return { isNew: status === undefined, commit, discard };
}

/** A file below a directory. */
export interface Found {
  readonly path: string;
  /** Whether another file holds what belongs to it. */
  readonly hasMeta: boolean;
}

/** The files below a directory that hold values. Links are followed. */
export async function* walk(directory: string): AsyncGenerator<Found> {
  const entries = await unlessMissing(fs.readdir(directory, { withFileTypes: true }), []);
  const names = new Set(entries.map(({ name }) => name));
  for (const entry of entries) {
    const path = join(directory, entry.name);
    const kind = entry.isFile() || entry.isDirectory() ? entry : await follow(path);
    if (kind === undefined) continue;
    if (kind.isDirectory()) yield* walk(path);
    else if (!entry.name.endsWith(META_SUFFIX)) {
      yield { path, hasMeta: names.has(entry.name + META_SUFFIX) };
    }
  }
}

/** What a link leads to; `undefined` for nothing. */
function follow(path: string): Promise<Stats | undefined> {
  return unlessMissing(fs.stat(path), undefined);
}

/** Whether an error of the file system has this code. */
export function hasCode(error: unknown, code: string): boolean {
  return (error as NodeJS.ErrnoException | undefined)?.code === code;
}

async function unlessMissing<Value, Other>(
  found: Promise<Value>,
  missing: Other,
): Promise<Value | Other> {
  try {
    return await found;
  } catch (error) {
    if (hasCode(error, "ENOENT")) return missing;
    throw error;
  }
}

/** What has the name now: nothing, something, or a reason why one cannot tell, which writing will give too. */
async function statusOf(path: string): Promise<Stats | "unknown" | undefined> {
  try {
    return await fs.lstat(path);
  } catch (error) {
    return hasCode(error, "ENOENT") ? undefined : "unknown";
  }
}

function isReplaceable(status: Stats | "unknown" | undefined): status is Stats | undefined {
  if (status === undefined) return true;
  return (
    status !== "unknown" && status.isFile() && status.nlink === 1 && (status.mode & WRITABLE) !== 0
  );
}

/** Whether a file may not be made or renamed here, so that writing in place gives the true answer. */
function isRefusal(error: unknown): boolean {
  return REFUSALS.some((code) => hasCode(error, code));
}

const WRITABLE = 0o200;
const REFUSALS = ["EACCES", "EPERM", "EROFS", "ENAMETOOLONG", "EISDIR", "EBUSY"];
