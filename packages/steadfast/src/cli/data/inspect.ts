import { inspect as shown } from "node:util";
import { binding, type ObjectDetails, type ObjectSummary } from "../../binding.js";
import { decodeStored } from "../../objects/values.js";
import type { Arguments } from "../arguments.js";
import { CliError } from "../error.js";
import { shownPath } from "../terminal.js";
import { bytesText, table } from "./report.js";

const VALUE_WIDTH_MAX = 60;

/** The answer of `steadfast inspect`: a table, or JSON when asked for. */
export async function inspect(given: Arguments, data: string): Promise<string> {
  const [namespace, object] = given.operands;
  if (namespace === undefined) return inspectNamespaces(given, data);
  if (object === undefined) return inspectObjects(given, data, namespace);
  const details = await binding.inspectObject(data, namespace, object, given.limit);
  if (details === null) {
    throw new CliError(
      `nothing is stored of this object: namespace="${namespace}" object="${object}"`,
    );
  }
  return given.json ? json(plain(details)) : detailsText(details);
}

async function inspectNamespaces({ json: asJson }: Arguments, data: string): Promise<string> {
  const namespaces = await binding.inspectNamespaces(data);
  if (asJson) return json(namespaces);
  if (namespaces.length === 0) return `nothing is stored: directory="${shownPath(data)}"`;
  return table(
    ["namespace", "objects"],
    namespaces.map(({ key, objects }) => [key, String(objects)]),
  );
}

async function inspectObjects(given: Arguments, data: string, namespace: string): Promise<string> {
  const known = await binding.inspectNamespaces(data);
  const total = known.find(({ key }) => key === namespace)?.objects;
  if (total === undefined) {
    const keys = known.map(({ key }) => key).join(", ");
    throw new CliError(`no such namespace: namespace="${namespace}" namespaces="${keys}"`);
  }
  const objects = await binding.inspectObjects(data, namespace, given.limit);
  if (given.json) return json({ namespace, total, objects: objects.map(plainSummary) });
  const rows = objects.map((object) => [
    object.id,
    object.name ?? "",
    String(object.keys),
    object.databaseBytes === 0 ? "" : bytesText(object.databaseBytes),
    object.tables.join(","),
    alarmText(object.alarmMs),
  ]);
  const listed = table(["id", "name", "keys", "database", "tables", "alarm"], rows);
  return listed + more(total - objects.length, "objects");
}

function detailsText({ summary, keys, tables }: ObjectDetails): string {
  const parts = [
    table(
      ["id", summary.id],
      [
        ["name", summary.name ?? "not known"],
        ["alarm", alarmText(summary.alarmMs) || "none"],
        ["keys", String(summary.keys)],
        ["database", summary.databaseBytes === 0 ? "none" : bytesText(summary.databaseBytes)],
      ],
    ),
  ];
  if (keys.length > 0) {
    const rows = keys.map(({ key, value }) => [key, String(value.length), valueText(value)]);
    parts.push(table(["key", "bytes", "value"], rows) + more(summary.keys - keys.length, "keys"));
  }
  if (tables.length > 0) {
    const rows = tables.map(({ name, rows: count, failure }) => [name, failure ?? String(count)]);
    parts.push(table(["table", "rows"], rows));
  }
  return parts.join("\n\n");
}

/** An object as JSON has it; stored bytes in base64, beside the value as people read it. */
function plain({ summary, keys, tables }: ObjectDetails) {
  return {
    ...plainSummary(summary),
    entries: keys.map(({ key, value }) => ({
      key,
      value: valueText(value),
      stored: Buffer.from(value).toString("base64"),
    })),
    tables,
  };
}

function plainSummary({ alarmMs, name, ...summary }: ObjectSummary) {
  return { ...summary, name: name ?? null, alarm: alarmText(alarmMs) || null };
}

/** A stored value as Node prints it, on one line. */
function valueText(stored: Uint8Array): string {
  let text: string;
  try {
    text = shown(decodeStored(stored), {
      depth: 2,
      breakLength: Number.POSITIVE_INFINITY,
      compact: true,
    });
  } catch (error) {
    // A value only workerd can read, such as a stub, or a damaged one.
    return `not readable here: ${(error as Error).message}`;
  }
  const line = text.replaceAll("\n", " ");
  return line.length <= VALUE_WIDTH_MAX ? line : `${line.slice(0, VALUE_WIDTH_MAX - 1)}…`;
}

function alarmText(alarmMs: number | undefined): string {
  return alarmMs === undefined ? "" : new Date(alarmMs).toISOString();
}

function more(left: number, what: string): string {
  return left > 0 ? `\n… and ${left} more ${what}; --limit lists more` : "";
}

function json(value: unknown): string {
  return JSON.stringify(value, null, 2);
}
