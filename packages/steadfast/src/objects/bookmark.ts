/** Points in the time of an object, and the way back to one. */
import type { StorageAccess } from "./access.js";
import { toText, wrongArgument } from "./arguments.js";
import { toTimeMs } from "./date.js";

const CLASS_NAME = "DurableObjectStorage";

/** The bookmark of this moment, or of the end of the turn if that has written something. */
export function currentBookmark(access: StorageAccess): Promise<string> {
  return access.write((native, activation) => native.bookmarkCurrent(activation));
}

/** The bookmark of a time. */
export function bookmarkForTime(access: StorageAccess, given: readonly unknown[]): Promise<string> {
  return access.read((native, activation) => {
    const timeMs = toTimeMs(given[0], "getBookmarkForTime", CLASS_NAME);
    return native.bookmarkForTime(activation, timeMs);
  });
}

/** Lets the object go back when it is next opened; the bookmark that undoes it. */
export function restoreAtNextOpen(
  access: StorageAccess,
  given: readonly unknown[],
): Promise<string> {
  return access.write((native, activation) => {
    if (given.length === 0) {
      throw wrongArgument("onNextSessionRestoreBookmark", CLASS_NAME, 1, "string");
    }
    return native.bookmarkRestore(activation, toText(given[0]));
  });
}
