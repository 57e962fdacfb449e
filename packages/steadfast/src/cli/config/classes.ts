import type { Fields } from "./fields.js";
import type { KeyPath } from "./file.js";
import type { Problems } from "./problems.js";

/** Class name → whether its objects have SQL. */
export type Classes = Map<string, boolean>;

const MIGRATION_KEYS = new Set([
  "tag",
  "new_classes",
  "new_sqlite_classes",
  "renamed_classes",
  "deleted_classes",
  "transferred_classes",
]);

/** Replays `migrations` in order and returns the classes that exist at the end. */
export function replayMigrations(top: Fields, problems: Problems): Classes {
  const classes: Classes = new Map();
  for (const { fields, path, table } of top.tables("migrations")) {
    for (const key of Object.keys(table)) {
      if (!MIGRATION_KEYS.has(key)) problems.warn([...path, key], `unknown key: key="${key}"`);
    }
    if (fields.string("tag") === undefined && !fields.has("tag")) {
      problems.error(path, `Expected "migrations" entries to have a string "tag".`);
    }
    replayEntry(classes, fields, path, problems);
  }
  return classes;
}

/** The order inside one entry is fixed, whatever the order of its keys. */
function replayEntry(classes: Classes, entry: Fields, path: KeyPath, problems: Problems): void {
  const refuse = (kind: string, state: "existing" | "non-existent", name: string) =>
    problems.error([...path, kind], `Cannot apply ${kind} migration to ${state} class ${name}`);

  for (const name of entry.strings("deleted_classes") ?? []) {
    if (!classes.delete(name)) refuse("deleted_classes", "non-existent", name);
  }
  for (const { fields } of entry.tables("renamed_classes")) {
    const from = fields.string("from") ?? "";
    const sqlite = classes.get(from);
    if (sqlite === undefined) refuse("renamed_classes", "non-existent", from);
    classes.delete(from);
    classes.set(fields.string("to") ?? "", sqlite ?? false);
  }
  for (const { fields } of entry.tables("transferred_classes")) {
    classes.set(fields.string("to") ?? "", false);
  }
  for (const [kind, sqlite] of [
    ["new_classes", false],
    ["new_sqlite_classes", true],
  ] as const) {
    for (const name of entry.strings(kind) ?? []) {
      if (classes.has(name)) refuse(kind, "existing", name);
      classes.set(name, sqlite);
    }
  }
}

/** Reads the `exports` table, which replaces `migrations`. */
export function declaredExports(exports: Fields, names: string[], problems: Problems): Classes {
  const classes: Classes = new Map();
  for (const name of names) {
    const path = ["exports", name];
    const entry = exports.nested(name);
    if (entry === undefined) continue;
    const type = entry.string("type");
    if (type !== "durable-object") {
      problems.warn(path, `only durable-object exports are used: name="${name}" type="${type}"`);
      continue;
    }
    const storage = entry.string("storage") ?? "sqlite";
    if (storage !== "sqlite" && storage !== "legacy-kv") {
      problems.error(
        [...path, "storage"],
        `storage is "sqlite" or "legacy-kv": storage="${storage}"`,
      );
    }
    declare(classes, name, entry, storage === "sqlite", path, problems);
  }
  return classes;
}

function declare(
  classes: Classes,
  name: string,
  entry: Fields,
  sqlite: boolean,
  path: KeyPath,
  problems: Problems,
): void {
  const state = entry.string("state") ?? "created";
  switch (state) {
    case "created":
    case "expecting-transfer":
      classes.set(name, sqlite);
      return;
    case "renamed": {
      const to = entry.string("renamed_to");
      if (to === undefined) problems.error(path, `a renamed class needs a string "renamed_to"`);
      else if (!classes.has(to)) classes.set(to, sqlite);
      return;
    }
    case "deleted":
    case "transferred":
      return;
    default:
      problems.error([...path, "state"], `unknown state of a class: state="${state}"`);
  }
}
