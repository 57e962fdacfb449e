import { readFileSync } from "node:fs";
import { basename, join, resolve } from "node:path";
import { loadPackage } from "../commonjs.js";
import { CliError } from "../error.js";
import { tomlPosition } from "./toml-position.js";

/** The way to a value inside the configuration: keys and array indexes. */
export type KeyPath = readonly (string | number)[];

/** A table of the configuration, before its keys are known to be right. */
export type Table = Record<string, unknown>;

/** One-based line and column in the configuration file. */
export interface Position {
  line: number;
  column: number;
}

/** A configuration file that was read and parsed, and the means to say where a value stands in it. */
export interface ConfigFile {
  path: string;
  /** The file name alone, for messages. */
  name: string;
  value: Table;
  /** Where the key at `path` is written; undefined when it is not in the file. */
  position(path: KeyPath): Promise<Position | undefined>;
}

/** The names looked for in a project, the first found wins. */
const FILE_NAMES = ["wrangler.jsonc", "wrangler.json", "wrangler.toml"];

/** Reads the configuration of the project in `directory`, or the file that `explicit` names. */
export async function readConfigFile(
  directory: string,
  explicit: string | undefined,
): Promise<ConfigFile> {
  const candidates =
    explicit === undefined
      ? FILE_NAMES.map((name) => join(resolve(directory), name))
      : [resolve(explicit)];
  for (const path of candidates) {
    const text = read(path);
    if (text !== undefined)
      return path.endsWith(".toml") ? parseToml(path, text) : parseJson(path, text);
  }
  if (explicit !== undefined) {
    throw new CliError(`the configuration file of --config does not exist: path="${explicit}"`);
  }
  throw new CliError(
    `no configuration file: directory="${resolve(directory)}" looked_for="${FILE_NAMES.join(", ")}"`,
  );
}

function read(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOENT" || code === "ENOTDIR") return undefined;
    throw new CliError(`the configuration file cannot be read: path="${path}" code=${code}`);
  }
}

async function parseJson(path: string, text: string): Promise<ConfigFile> {
  return {
    path,
    name: basename(path),
    value: rootTable(path, plainJson(text) ?? (await parseJsonc(path, text))),
    async position(keyPath) {
      const jsonc = loadPackage("jsonc-parser");
      const root = jsonc.parseTree(text, [], JSONC_OPTIONS);
      const node = root && jsonc.findNodeAtLocation(root, [...keyPath]);
      if (!node) return undefined;
      const place = node.parent?.type === "property" ? node.parent : node;
      return offsetPosition(text, place.offset);
    },
  };
}

const JSONC_OPTIONS = { allowTrailingComma: true };

/** The value when it is JSON without extensions, which spares loading a parser at each start. */
function plainJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

async function parseJsonc(path: string, text: string): Promise<unknown> {
  const jsonc = loadPackage("jsonc-parser");
  const errors: import("jsonc-parser").ParseError[] = [];
  const value: unknown = jsonc.parse(text, errors, JSONC_OPTIONS);
  const [first] = errors;
  if (first) {
    const what = jsonc.printParseErrorCode(first.error).replace(/(?<=[a-z])[A-Z]/g, " $&");
    throw syntaxError(path, offsetPosition(text, first.offset), what.toLowerCase());
  }
  return value;
}

async function parseToml(path: string, text: string): Promise<ConfigFile> {
  const toml = await import("smol-toml");
  let value: unknown;
  try {
    value = toml.parse(text);
  } catch (error) {
    if (!(error instanceof toml.TomlError)) throw error;
    const [what = ""] = error.message.replace(/^Invalid TOML document: /, "").split("\n");
    throw syntaxError(path, error, what);
  }
  return {
    path,
    name: basename(path),
    // Plain objects and JSON values, as the other formats have.
    value: rootTable(path, JSON.parse(JSON.stringify(value))),
    position: async (keyPath) => tomlPosition(text, keyPath),
  };
}

function rootTable(path: string, value: unknown): Table {
  if (isTable(value)) return value;
  throw new CliError(`the configuration is not an object: file="${basename(path)}"`);
}

function syntaxError(path: string, position: Position, what: string): CliError {
  return new CliError(`${path}:${position.line}:${position.column}: syntax error: ${what}`);
}

function offsetPosition(text: string, offset: number): Position {
  const before = text.slice(0, offset).split("\n");
  return { line: before.length, column: (before.at(-1) ?? "").length + 1 };
}

/** Whether a parsed value is an object with keys. */
export function isTable(value: unknown): value is Table {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
