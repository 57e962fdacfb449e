// A program file: a Worker module that begins with a comment saying what it covers and how to run it.
import { readdir, readFile } from "node:fs/promises";
import { basename, join } from "node:path";

/**
 * @typedef {object} ObjectClass
 * @property {string} binding Name in `env`.
 * @property {string} className Exported class.
 * @property {string} uniqueKey Key that ids are made from.
 * @property {boolean} sqlite Declared as a class with SQLite storage.
 *
 * @typedef {object} Request
 * @property {string} method
 * @property {string} path Path and query.
 * @property {Record<string, string>} headers
 * @property {string} [body]
 * @property {number} [leaveAfterMs] Close the connection this long after sending, without reading an answer.
 * @property {number} [waitMs] Wait this long before sending.
 *
 * @typedef {object} Program
 * @property {string} name File name without its ending: `<section>-<name>`.
 * @property {string} file Path of the module.
 * @property {string} source The module's text.
 * @property {string} spec Section of the specification.
 * @property {string[]} covers The must-test cases it covers.
 * @property {string} compatibilityDate
 * @property {ObjectClass[]} objects
 * @property {Record<string, string>} vars
 * @property {Set<string>} tags `error`: the peer answers a step with a status of 500 or above. `slow`: takes
 *   more than five seconds, all of it waiting.
 * @property {Request[][][]} lives One list of steps per life of the process; the requests of a step go out together.
 */

/** Modules in the folder that are not programs. */
const SHARED_MODULES = new Set(["observe.mjs"]);

const DEFAULT_DATE = "2026-08-01";
const TAGS = ["error", "slow"];

/**
 * @param {string} folder
 * @returns {Promise<Program[]>}
 */
export async function readPrograms(folder) {
  const names = (await readdir(folder)).filter(
    (name) => name.endsWith(".mjs") && !SHARED_MODULES.has(name),
  );
  return Promise.all(names.sort().map((name) => readProgram(join(folder, name))));
}

/**
 * @param {string} file
 * @returns {Promise<Program>}
 */
async function readProgram(file) {
  const source = await readFile(file, "utf8");
  const name = basename(file, ".mjs");
  try {
    return parseProgram(name, file, source);
  } catch (error) {
    throw new Error(`program ${name}: ${/** @type {Error} */ (error).message}`);
  }
}

/**
 * @param {string} name
 * @param {string} file
 * @param {string} source
 * @returns {Program}
 */
export function parseProgram(name, file, source) {
  const comment = /^\/\*\n([\s\S]*?)\n\*\/\n/.exec(source);
  if (!comment) throw new Error("the file must begin with a comment that describes the program");
  /** @type {Program} */
  const program = {
    name,
    file,
    source,
    spec: "",
    covers: [],
    compatibilityDate: DEFAULT_DATE,
    objects: [],
    vars: {},
    tags: new Set(),
    lives: [[]],
  };
  for (const line of comment[1].split("\n")) readLine(program, line);
  if (!program.spec || program.covers.length === 0) throw new Error("spec and covers are required");
  if (program.lives.flat().length === 0) program.lives = [[[parseRequest("GET /")]]];
  return program;
}

/**
 * @param {Program} program
 * @param {string} line
 */
function readLine(program, line) {
  const [, key, value] = /^(\w+):\s*(.*)$/.exec(line) ?? [];
  const steps = program.lives[program.lives.length - 1];
  if (key === "spec") program.spec = value;
  else if (key === "covers") program.covers.push(value);
  else if (key === "date") program.compatibilityDate = value;
  else if (key === "object") program.objects.push(parseObject(program.name, value));
  else if (key === "var")
    program.vars[value.split(" ", 1)[0]] = value.slice(value.indexOf(" ") + 1);
  else if (key === "tag" && TAGS.includes(value)) program.tags.add(value);
  else if (key === "request") steps.push([parseRequest(value)]);
  else if (key === "together") steps.push(value.split(" & ").map(parseRequest));
  else if (key === "restart") program.lives.push([]);
  else throw new Error(`unreadable line: ${JSON.stringify(line)}`);
}

/**
 * `BINDING Class [sqlite] [key=uniqueKey]`
 * @param {string} program
 * @param {string} text
 * @returns {ObjectClass}
 */
function parseObject(program, text) {
  const [binding, className, ...options] = text.split(" ");
  const key = options.find((option) => option.startsWith("key="));
  return {
    binding,
    className,
    uniqueKey: key ? key.slice("key=".length) : `${program}-${className}`,
    sqlite: options.includes("sqlite"),
  };
}

/**
 * `METHOD /path [JSON with headers, body, leaveAfterMs, waitMs]`
 * @param {string} text
 * @returns {Request}
 */
function parseRequest(text) {
  const [, method, path, options] = /^([A-Z]+) (\/\S*)(?: (\{.*\}))?$/.exec(text) ?? [];
  if (!method) throw new Error(`unreadable request: ${JSON.stringify(text)}`);
  return { method, path, headers: {}, ...JSON.parse(options ?? "{}") };
}
