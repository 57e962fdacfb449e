import { existsSync } from "node:fs";
import { dirname, resolve } from "node:path";
import type { AssetsBinding } from "../../platform/assets.js";
import type { KvBinding } from "../../platform/bindings.js";
import { type Classes, declaredExports, replayMigrations } from "./classes.js";
import { readDevVars } from "./dev-vars.js";
import { Fields } from "./fields.js";
import { type ConfigFile, isTable, type KeyPath, readConfigFile, type Table } from "./file.js";
import { ABSENT_KEYS, DEPLOY_KEYS, INHERITED_KEYS, TOP_LEVEL_KEYS, USED_KEYS } from "./keys.js";
import { assets, kvNamespaces } from "./platform.js";
import { dotted, Problems } from "./problems.js";
import { type ConfiguredService, cronTriggers, serviceBindings } from "./services.js";

/** One entry of `durable_objects.bindings`. */
export interface ObjectBinding {
  /** The name in `env`. */
  binding: string;
  className: string;
  /** The Worker that exports the class, when it is another. */
  scriptName?: string;
  /** What the ids of the class are derived from: `<worker name>-<class name>`. */
  uniqueKey: string;
  /** Whether the class was declared with SQL. */
  sqlite: boolean;
}

/** Which imports are not JavaScript, and what they become. */
export interface ModuleRule {
  type: "ESModule" | "CommonJS" | "CompiledWasm" | "Text" | "Data";
  globs: string[];
  fallthrough: boolean;
}

/** A project as its configuration describes it, for one environment. */
export interface WorkerConfig {
  /** The configuration file. */
  path: string;
  /** The directory of the configuration file; everything is relative to it. */
  directory: string;
  name: string;
  /** Absolute path of the module that is the Worker. */
  main: string;
  compatibilityDate: string | undefined;
  compatibilityFlags: string[];
  durableObjects: ObjectBinding[];
  /** The classes that were declared but are not bound; whether their objects have SQL. */
  unboundClasses: { className: string; sqlite: boolean }[];
  services: ConfiguredService[];
  /** When the Worker's `scheduled` handler runs. */
  crons: string[];
  kvNamespaces: KvBinding[];
  assets: AssetsBinding | undefined;
  vars: Record<string, unknown>;
  /** Names of the vars that came from `.dev.vars` or `.env`, whose values are not shown. */
  secrets: Set<string>;
  rules: ModuleRule[];
  alias: Record<string, string>;
  define: Record<string, string>;
  tsconfig: string | undefined;
  jsxFactory: string | undefined;
  jsxFragment: string | undefined;
  /** Whether functions and classes keep their `name` when the bundler renames them. */
  keepNames: boolean;
  minify: boolean;
  /** What does not stop the Worker but should be known. */
  warnings: string[];
}

const NAME_DEFAULT = "worker";
const RULE_TYPES = ["ESModule", "CommonJS", "CompiledWasm", "Text", "Data"];
const BINDING_KEYS = new Set(["name", "class_name", "script_name", "environment"]);

/**
 * Reads the project in `directory`, or the configuration file `explicit`.
 *
 * Throws a `CliError` that lists every error with its place in the file.
 */
export async function readWorkerConfig(
  directory: string,
  explicit: string | undefined,
  environment: string | undefined,
): Promise<WorkerConfig> {
  const file = await readConfigFile(directory, explicit);
  const problems = new Problems(file);
  const section = selectSection(file, environment, problems);
  const home = dirname(file.path);
  const { fields } = section;
  const top = new Fields(file.value, [], problems);

  const name = section.name ?? NAME_DEFAULT;
  const main = mainModule(fields, home, section.path, problems);
  const classes = declaredClasses(top, problems);
  const durableObjects = objectBindings(fields, section.path, name, classes, problems);
  const config = {
    path: file.path,
    directory: home,
    name,
    main: main ?? "",
    compatibilityDate: fields.string("compatibility_date"),
    compatibilityFlags: fields.strings("compatibility_flags") ?? [],
    durableObjects,
    unboundClasses: unboundClasses(classes, durableObjects),
    services: serviceBindings(fields, problems),
    crons: cronTriggers(fields, section.path, problems),
    kvNamespaces: kvNamespaces(fields, problems),
    assets: assets(fields, home, section.path, problems),
    rules: moduleRules(fields, problems),
    alias: fields.stringTable("alias") ?? {},
    define: fields.stringTable("define") ?? {},
    tsconfig: fields.string("tsconfig"),
    jsxFactory: fields.string("jsx_factory"),
    jsxFragment: fields.string("jsx_fragment"),
    keepNames: fields.boolean("keep_names") ?? true,
    minify: fields.boolean("minify") ?? false,
  };
  const vars = fields.table("vars") ?? {};
  await problems.throwErrors();
  const secrets = await readDevVars(home, environment, process.env);
  return {
    ...config,
    vars: { ...vars, ...secrets },
    secrets: new Set(Object.keys(secrets)),
    warnings: await problems.warnings(),
  };
}

/** The table that holds for the chosen environment, and where it stands. */
interface Section {
  fields: Fields;
  path: KeyPath;
  name: string | undefined;
}

function selectSection(
  file: ConfigFile,
  environment: string | undefined,
  problems: Problems,
): Section {
  const top = file.value;
  warnAboutKeys(top, [], problems);
  const fields = new Fields(top, [], problems);
  const environments = fields.table("env") ?? {};
  for (const [name, table] of Object.entries(environments)) {
    if (isTable(table)) warnAboutKeys(table, ["env", name], problems);
  }
  const topName = workerName(fields, problems);
  if (environment === undefined) return { fields, path: [], name: topName };

  const table = environments[environment];
  if (isTable(table)) {
    const path = ["env", environment];
    const own = new Fields(table, path, problems);
    warnAboutOmissions(top, table, environment, problems);
    const name = workerName(own, problems) ?? `${topName ?? NAME_DEFAULT}-${environment}`;
    return { fields: new Fields(inherit(top, table), path, problems), path, name };
  }
  const names = Object.keys(environments);
  const message = `no such environment: env="${environment}" environments="${names.join(", ")}"`;
  if (names.length > 0) problems.error(["env"], message);
  else problems.warn([], message);
  return { fields, path: [], name: topName && `${topName}-${environment}` };
}

/** Bindings and vars do not reach an environment that does not mention them. */
function warnAboutOmissions(top: Table, own: Table, name: string, problems: Problems): void {
  for (const key of ["durable_objects", "kv_namespaces", "services", "vars"]) {
    if (top[key] === undefined || own[key] !== undefined) continue;
    const what = "not inherited by the environment, repeat it there";
    problems.warn([key], `${what}: key="${key}" env="${name}"`);
  }
}

/** An environment with what it takes from the top level; bindings and vars it must repeat. */
function inherit(top: Table, own: Table): Table {
  const result: Table = { ...own };
  for (const key of INHERITED_KEYS) if (own[key] === undefined) result[key] = top[key];
  for (const key of TOP_LEVEL_KEYS) result[key] = top[key];
  return result;
}

function warnAboutKeys(table: Table, path: KeyPath, problems: Problems): void {
  for (const key of Object.keys(table)) {
    const inside = path.length > 0;
    const topOnly = key === "env" || (TOP_LEVEL_KEYS as readonly string[]).includes(key);
    if (ABSENT_KEYS.has(key)) {
      problems.warn(
        [...path, key],
        `not available here, and ignored: key="${dotted([...path, key])}"`,
      );
    } else if (inside && topOnly) {
      problems.warn([...path, key], `only read at the top level: key="${dotted([...path, key])}"`);
    } else if (!USED_KEYS.has(key) && !DEPLOY_KEYS.has(key)) {
      problems.warn([...path, key], `unknown key: key="${dotted([...path, key])}"`);
    }
  }
}

function workerName(fields: Fields, problems: Problems): string | undefined {
  const name = fields.string("name");
  if (name !== undefined && !/^[a-z0-9_][a-z0-9-_]*$/i.test(name)) {
    problems.error(["name"], `a name has letters, digits, - and _ only: name="${name}"`);
  }
  return name;
}

function mainModule(
  fields: Fields,
  home: string,
  path: KeyPath,
  problems: Problems,
): string | undefined {
  const main = fields.string("main");
  if (main === undefined) {
    if (!fields.has("main")) problems.error(path, `missing "main": which module is the Worker?`);
    return undefined;
  }
  const absolute = resolve(home, main);
  if (!existsSync(absolute)) {
    problems.error(["main"], `the main module does not exist: main="${main}" path="${absolute}"`);
  }
  return absolute;
}

function declaredClasses(top: Fields, problems: Problems): Classes {
  const exports = top.nested("exports");
  if (exports === undefined) return replayMigrations(top, problems);
  if (top.has("migrations")) {
    problems.error(["exports"], `"exports" replaces "migrations": only one of them can be given`);
  }
  return declaredExports(exports, Object.keys(top.table("exports") ?? {}), problems);
}

function objectBindings(
  fields: Fields,
  path: KeyPath,
  worker: string,
  classes: Classes,
  problems: Problems,
): ObjectBinding[] {
  const objects = fields.nested("durable_objects");
  if (objects === undefined) return [];
  const key = [...path, "durable_objects"];
  if (!objects.has("bindings")) {
    problems.error(key, `The field "${dotted(key)}" is missing the required "bindings" property.`);
  }
  const bindings: ObjectBinding[] = [];
  for (const entry of objects.tables("bindings")) {
    const binding = objectBinding(entry, worker, classes, problems);
    if (binding === undefined) continue;
    if (bindings.some((each) => each.binding === binding.binding)) {
      problems.error(entry.path, `two bindings have one name: name="${binding.binding}"`);
    }
    bindings.push(binding);
  }
  return bindings;
}

function objectBinding(
  entry: { path: KeyPath; table: Table },
  worker: string,
  classes: Classes,
  problems: Problems,
): ObjectBinding | undefined {
  const { path, table } = entry;
  for (const key of Object.keys(table)) {
    if (!BINDING_KEYS.has(key)) problems.warn([...path, key], `unknown key: key="${key}"`);
  }
  const { name, class_name: className, script_name: script, environment } = table;
  const place = `"${dotted(path)}": `;
  for (const field of ["name", "class_name"]) {
    if (typeof table[field] !== "string") {
      problems.error(path, `${place}binding should have a string "${field}" field.`);
    }
  }
  for (const field of ["script_name", "environment"]) {
    if (table[field] !== undefined && typeof table[field] !== "string") {
      problems.error(path, `${place}binding should, optionally, have a string "${field}" field.`);
    }
  }
  if (environment !== undefined && script === undefined) {
    problems.error(path, `${place}binding with "environment" should have a "script_name" field.`);
  }
  if (typeof name !== "string" || typeof className !== "string") return undefined;
  if (typeof script === "string" && script !== worker) {
    const scriptName = typeof environment === "string" ? `${script}-${environment}` : script;
    const uniqueKey = `${scriptName}-${className}`;
    // The Worker that exports it knows better, if it says.
    const sqlite = classes.get(className) ?? false;
    return { binding: name, className, scriptName, uniqueKey, sqlite };
  }
  const sqlite = classes.get(className);
  if (sqlite === undefined) {
    const what = `no migration makes this class, so its objects have no SQL`;
    problems.warn(path, `${what}: class_name="${className}"`);
  }
  return { binding: name, className, uniqueKey: `${worker}-${className}`, sqlite: sqlite ?? false };
}

function unboundClasses(
  classes: Classes,
  bound: readonly ObjectBinding[],
): { className: string; sqlite: boolean }[] {
  const own = bound.filter(({ scriptName }) => scriptName === undefined);
  const names = new Set(own.map(({ className }) => className));
  return [...classes]
    .filter(([className]) => !names.has(className))
    .map(([className, sqlite]) => ({ className, sqlite }));
}

function moduleRules(fields: Fields, problems: Problems): ModuleRule[] {
  const rules: ModuleRule[] = [];
  for (const { fields: rule, path } of fields.tables("rules")) {
    const type = rule.string("type") ?? "";
    const globs = rule.strings("globs");
    if (!RULE_TYPES.includes(type)) {
      const types = RULE_TYPES.join(", ");
      problems.error(path, `unknown type of a module rule: type="${type}" types="${types}"`);
    } else if (globs === undefined) {
      problems.error(path, `a module rule needs "globs": type="${type}"`);
    } else {
      const fallthrough = rule.boolean("fallthrough") ?? false;
      rules.push({ type: type as ModuleRule["type"], globs, fallthrough });
    }
  }
  return rules;
}
