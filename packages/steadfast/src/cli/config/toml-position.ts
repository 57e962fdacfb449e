import type { KeyPath, Position } from "./file.js";

/**
 * Where a key is written in a TOML text.
 *
 * The parser keeps no positions, so this follows the table headers and the keys line by line. A key
 * inside an inline table is found at the line of its table, which is near enough for a message.
 */
export function tomlPosition(text: string, path: KeyPath): Position | undefined {
  const counts = new Map<string, number>();
  let table: (string | number)[] = [];
  let best: { depth: number; position: Position } | undefined;
  for (const [index, line] of text.split("\n").entries()) {
    const column = line.length - line.trimStart().length + 1;
    const header = /^\s*(\[{1,2})([^\]]+)\]/.exec(line);
    let here: (string | number)[];
    if (header) {
      table = arrayIndexes(splitKey(header[2] ?? ""), header[1] === "[[", counts);
      here = table;
    } else {
      const key =
        /^\s*((?:[\w-]+|"[^"]*"|'[^']*')(?:\s*\.\s*(?:[\w-]+|"[^"]*"|'[^']*'))*)\s*=/.exec(line);
      if (!key) continue;
      here = [...table, ...splitKey(key[1] ?? "")];
    }
    const depth = commonDepth(here, path);
    if (depth === here.length && depth > (best?.depth ?? 0)) {
      best = { depth, position: { line: index + 1, column } };
    }
  }
  return best?.position;
}

/** Adds the index of the current element after each part of a header that names an array of tables. */
function arrayIndexes(
  parts: string[],
  isArray: boolean,
  counts: Map<string, number>,
): (string | number)[] {
  const result: (string | number)[] = [];
  for (const [index, part] of parts.entries()) {
    result.push(part);
    const name = JSON.stringify(result);
    const last = index === parts.length - 1;
    if (isArray && last) counts.set(name, (counts.get(name) ?? -1) + 1);
    const count = counts.get(name);
    if (count !== undefined) result.push(count);
  }
  return result;
}

function splitKey(text: string): string[] {
  const parts = text.match(/"[^"]*"|'[^']*'|[^.\s]+/g) ?? [];
  return parts.map((part) => part.replace(/^["']|["']$/g, ""));
}

function commonDepth(left: KeyPath, right: KeyPath): number {
  let depth = 0;
  while (depth < left.length && depth < right.length && left[depth] === right[depth]) depth += 1;
  return depth;
}
