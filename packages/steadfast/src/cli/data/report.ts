import type { CheckReport, TransferCounts } from "../../binding.js";

/** What was moved, a line per kind. */
export function countsText(counts: TransferCounts): string {
  const empty = counts.emptyObjects === 0 ? "" : `, ${counts.emptyObjects} more store nothing`;
  return aligned([
    ["namespaces", String(counts.namespaces)],
    ["objects", `${counts.objects}${empty}`],
    ["keys", String(counts.keys)],
    ["databases", String(counts.databases)],
    ["alarms", String(counts.alarms)],
    ["size", bytesText(counts.bytes)],
  ]);
}

/** What was looked at, a line per kind. */
export function checkText({ objects, keys, pages, databases, findings }: CheckReport): string {
  return aligned([
    ["objects", String(objects)],
    ["keys", String(keys)],
    ["databases", `${databases} with ${pages} pages`],
    ["problems", String(findings.length)],
  ]);
}

/** Rows of cells as a table with a heading; the last column is not padded. */
export function table(heading: string[], rows: string[][]): string {
  const widths = heading.map((name, column) =>
    Math.max(name.length, ...rows.map((row) => row[column]?.length ?? 0)),
  );
  const line = (row: string[]) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join("  ")
      .trimEnd();
  return [heading, ...rows].map(line).join("\n");
}

/** Bytes as people read them. */
export function bytesText(bytes: number): string {
  const units = ["B", "KiB", "MiB", "GiB", "TiB"];
  let size = bytes;
  let unit = 0;
  while (size >= 1024 && unit < units.length - 1) {
    size /= 1024;
    unit += 1;
  }
  return `${unit === 0 || size >= 100 ? Math.round(size) : size.toFixed(1)} ${units[unit]}`;
}

function aligned(rows: [string, string][]): string {
  return rows.map(([name, value]) => `  ${name.padEnd(10)}  ${value}`).join("\n");
}
