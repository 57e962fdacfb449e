import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

/** A project in a directory of its own, removed when the test `t` ends. */
export function project(t, files) {
  const directory = realpathSync(mkdtempSync(join(tmpdir(), "steadfast-test-")));
  t.after(() => rmSync(directory, { recursive: true, force: true }));
  for (const [name, content] of Object.entries(files)) write(directory, name, content);
  return directory;
}

/** Writes a file of the project; an object is written as JSON. */
export function write(directory, name, content) {
  const path = join(directory, name);
  mkdirSync(dirname(path), { recursive: true });
  const plain = typeof content === "string" || content instanceof Uint8Array;
  writeFileSync(path, plain ? content : JSON.stringify(content, null, 2));
}
