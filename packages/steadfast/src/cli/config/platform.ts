/** The bindings of a configuration that are neither objects nor variables. */
import { statSync } from "node:fs";
import { resolve } from "node:path";
import type { HtmlHandling } from "../../platform/asset-paths.js";
import type { AssetsBinding, NotFoundHandling } from "../../platform/assets.js";
import type { KvBinding } from "../../platform/bindings.js";
import type { Fields } from "./fields.js";
import type { KeyPath } from "./file.js";
import type { Problems } from "./problems.js";

const KV_KEYS = new Set(["binding", "id", "preview_id", "remote", "experimental_remote"]);
const ASSETS_KEYS = new Set([
  "binding",
  "directory",
  "html_handling",
  "not_found_handling",
  "run_worker_first",
]);
const HTML_HANDLING: readonly string[] = [
  "auto-trailing-slash",
  "force-trailing-slash",
  "drop-trailing-slash",
  "none",
] satisfies HtmlHandling[];
const NOT_FOUND_HANDLING: readonly string[] = [
  "none",
  "404-page",
  "single-page-application",
] satisfies NotFoundHandling[];

/** Reads `kv_namespaces`; as under wrangler, values are kept under the id for previews if there is one. */
export function kvNamespaces(fields: Fields, problems: Problems): KvBinding[] {
  const namespaces: KvBinding[] = [];
  for (const { fields: entry, path, table } of fields.tables("kv_namespaces")) {
    for (const key of Object.keys(table)) {
      if (!KV_KEYS.has(key)) problems.warn([...path, key], `unknown key: key="${key}"`);
    }
    if (entry.boolean("remote")) {
      problems.warn([...path, "remote"], "values are kept here: remote is not available");
    }
    const binding = entry.string("binding");
    if (binding === undefined) {
      problems.error(path, 'a KV namespace needs a string "binding"');
      continue;
    }
    if (namespaces.some((each) => each.binding === binding)) {
      problems.error(path, `two bindings have one name: name="${binding}"`);
    }
    const id = entry.string("preview_id") ?? entry.string("id") ?? binding;
    namespaces.push({ binding, id });
  }
  return namespaces;
}

/** Reads `assets`. */
export function assets(
  fields: Fields,
  home: string,
  section: KeyPath,
  problems: Problems,
): AssetsBinding | undefined {
  const table = fields.table("assets");
  const entry = fields.nested("assets");
  if (table === undefined || entry === undefined) return undefined;
  const path = [...section, "assets"];
  for (const key of Object.keys(table)) {
    if (!ASSETS_KEYS.has(key)) problems.warn([...path, key], `unknown key: key="${key}"`);
  }
  const given = entry.string("directory");
  if (given === undefined) {
    problems.error(path, 'assets need a string "directory"');
    return undefined;
  }
  const directory = resolve(home, given);
  if (!statSync(directory, { throwIfNoEntry: false })?.isDirectory()) {
    problems.error([...path, "directory"], `no such directory: directory="${directory}"`);
  }
  const binding = entry.string("binding");
  const html = oneOf(entry, "html_handling", HTML_HANDLING, path, problems);
  const notFound = oneOf(entry, "not_found_handling", NOT_FOUND_HANDLING, path, problems);
  const first = table.run_worker_first;
  const workerFirst =
    first === undefined || typeof first === "boolean"
      ? entry.boolean("run_worker_first")
      : entry.strings("run_worker_first");
  return {
    directory,
    ...(binding !== undefined && { binding }),
    ...(html !== undefined && { htmlHandling: html as HtmlHandling }),
    ...(notFound !== undefined && { notFoundHandling: notFound as NotFoundHandling }),
    ...(workerFirst !== undefined && { runWorkerFirst: workerFirst }),
  };
}

function oneOf(
  entry: Fields,
  key: string,
  known: readonly string[],
  path: KeyPath,
  problems: Problems,
): string | undefined {
  const value = entry.string(key);
  if (value === undefined || known.includes(value)) return value;
  const all = known.join(", ");
  problems.error([...path, key], `unknown value: given="${value}" known="${all}"`);
  return undefined;
}
