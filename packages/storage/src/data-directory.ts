/** How a data directory of Steadfast is told from any other: `docs/formats.md`, "The data directory". */
import { closeSync, existsSync, openSync, readSync } from "node:fs";
import { join } from "node:path";

/**
 * Whether a directory has data of Steadfast in it, which a `DiskStorage` opens. Changes nothing, and says so of a
 * directory in use, after a crash and damaged too; one where there is nothing yet is none.
 */
export function isDataDirectory(directory: string): boolean {
  const header = headerOf(join(directory, BASE_FILE));
  if (header.length === 0) return false;
  const isOurs =
    header.length === HEADER_BYTES && header.readUInt32BE(APPLICATION_ID_AT) === APPLICATION_ID;
  // Until the first checkpoint the id is in the write-ahead file alone. But the lock was there before.
  return isOurs || existsSync(join(directory, LOCK_FILE));
}

/** How a file begins; nothing for one that is not there. Why one cannot be read is told to whoever uses it. */
function headerOf(path: string): Buffer {
  const header = Buffer.alloc(HEADER_BYTES);
  let file: number | undefined;
  try {
    file = openSync(path, "r");
    return header.subarray(0, readSync(file, header));
  } catch {
    return header.subarray(0, 0);
  } finally {
    if (file !== undefined) closeSync(file);
  }
}

const BASE_FILE = "base.sqlite";
const LOCK_FILE = "steadfast.lock";
/** Up to the end of the `application_id` in the header of a SQLite file. */
const HEADER_BYTES = 72;
const APPLICATION_ID_AT = 68;
/** `stdf` */
const APPLICATION_ID = 0x73746466;
