// A program file: a Worker module that begins with a comment saying what it covers and how to run it.
import { readdir, readFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";

/**
 * @typedef {object} ObjectClass
 * @property {string} binding Name in `env`.
 * @property {string} className Exported class.
 * @property {string} uniqueKey Key that ids are made from.
 * @property {boolean} sqlite Declared as a class with SQLite storage.
 * @property {string} [script] The other Worker of the program that has the class.
 *
 * @typedef {object} Service
 * @property {string} binding Name in `env`.
 * @property {string} worker Name of the Worker bound; `self` is the one that has the binding.
 * @property {string} [entrypoint] Named entry point, if not the default one.
 * @property {Record<string, unknown>} [props] What the entry point finds in `ctx.props`.
 *
 * @typedef {object} Request
 * @property {string} method
 * @property {string} path Path and query.
 * @property {Record<string, string>} headers
 * @property {string} [body]
 * @property {number} [leaveAfterMs] Close the connection this long after sending, without reading an answer.
 * @property {number} [waitMs] Wait this long before sending.
 *
 * What happens on a WebSocket whose client the runner is.
 * @typedef {object} SocketStep
 * @property {"socket" | "send" | "binary" | "large" | "ping" | "receive" | "close" | "lose"} kind
 * @property {string} socket Name of the socket.
 * @property {string} rest What the line says beyond.
 *
 * @typedef {{ kind: "requests", requests: Request[] } | { kind: "pause", ms: number } | SocketStep} Step
 *   The requests of a step go out together.
 *
 * One Worker of a program.
 * @typedef {object} WorkerModule
 * @property {string} name
 * @property {string} file Path of the module.
 * @property {string} source The module's text.
 * @property {string} compatibilityDate
 * @property {string[]} compatibilityFlags
 * @property {ObjectClass[]} objects
 * @property {Service[]} services
 * @property {Record<string, string>} vars
 *
 * @typedef {object} OwnFields
 * @property {string} spec Section of the specification.
 * @property {string[]} covers The must-test cases it covers.
 * @property {WorkerModule[]} others Other Workers, which the program's own one is bound to.
 * @property {Set<string>} tags `error`: the peer answers a step with a status of 500 or above. `slow`: takes
 *   more than five seconds, all of it waiting.
 * @property {Step[][]} lives One list of steps per life of the process.
 *
 * A program; as a Worker its name is the file's without the ending: `<section>-<name>`.
 * @typedef {WorkerModule & OwnFields} Program
 */

/** Modules in the folder that are not programs. */
const SHARED_MODULES = new Set(["observe.mjs"]);

const DEFAULT_DATE = "2026-08-01";
const TAGS = ["error", "slow"];
const SOCKET_STEPS = ["socket", "send", "binary", "large", "ping", "receive", "close", "lose"];

/**
 * Reads the programs of a folder. `<program>.<worker>.mjs` is another Worker of a program.
 * @param {string} folder
 * @returns {Promise<Program[]>}
 */
export async function readPrograms(folder) {
  const names = (await readdir(folder)).filter(
    (name) => name.endsWith(".mjs") && !SHARED_MODULES.has(name),
  );
  names.sort();
  const isOther = (/** @type {string} */ name) => name.split(".").length > 2;
  const others = names.filter(isOther);
  return Promise.all(
    names
      .filter((name) => !isOther(name))
      .map((name) => {
        const own = others.filter((other) => other.startsWith(`${basename(name, ".mjs")}.`));
        return readProgram(join(folder, name), own);
      }),
  );
}

/**
 * @param {string} file
 * @param {string[]} others File names of its other Workers.
 * @returns {Promise<Program>}
 */
async function readProgram(file, others) {
  const name = basename(file, ".mjs");
  try {
    const program = parseProgram(name, file, await readFile(file, "utf8"));
    for (const other of others) {
      const path = join(dirname(file), other);
      program.others.push(
        parseWorker(other.split(".")[1], path, await readFile(path, "utf8"), name),
      );
    }
    return program;
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
  /** @type {Program} */
  const program = {
    ...emptyWorker(name, file, source),
    spec: "",
    covers: [],
    others: [],
    tags: new Set(),
    lives: [[]],
  };
  for (const { key, value, line } of commentLines(source)) {
    if (!readWorkerLine(program, name, key, value) && !readProgramLine(program, key, value))
      throw new Error(`unreadable line: ${JSON.stringify(line)}`);
  }
  if (!program.spec || program.covers.length === 0) throw new Error("spec and covers are required");
  if (program.lives.flat().length === 0) {
    program.lives = [[{ kind: "requests", requests: [parseRequest("GET /")] }]];
  }
  return program;
}

/**
 * @param {string} name
 * @param {string} file
 * @param {string} source
 * @param {string} program
 * @returns {WorkerModule}
 */
export function parseWorker(name, file, source, program) {
  const worker = emptyWorker(name, file, source);
  for (const { key, value, line } of commentLines(source)) {
    if (!readWorkerLine(worker, program, key, value))
      throw new Error(`unreadable line: ${JSON.stringify(line)}`);
  }
  return worker;
}

/**
 * @param {string} name
 * @param {string} file
 * @param {string} source
 * @returns {WorkerModule}
 */
function emptyWorker(name, file, source) {
  return {
    name,
    file,
    source,
    compatibilityDate: DEFAULT_DATE,
    compatibilityFlags: [],
    objects: [],
    services: [],
    vars: {},
  };
}

/** @param {string} source */
function commentLines(source) {
  const comment = /^\/\*\n([\s\S]*?)\n\*\/\n/.exec(source);
  if (!comment) throw new Error("the file must begin with a comment that describes the program");
  return comment[1].split("\n").map((line) => {
    const [, key, value] = /^(\w+):\s*(.*)$/.exec(line) ?? [];
    return { key, value, line };
  });
}

/**
 * Reads a line that any Worker may have.
 * @param {WorkerModule} worker
 * @param {string} program
 * @param {string} key
 * @param {string} value
 * @returns {boolean} Whether it is one.
 */
function readWorkerLine(worker, program, key, value) {
  if (key === "date") worker.compatibilityDate = value;
  else if (key === "flag") worker.compatibilityFlags.push(value);
  else if (key === "object") worker.objects.push(parseObject(program, value));
  else if (key === "service") worker.services.push(parseService(value));
  else if (key === "var") worker.vars[value.split(" ", 1)[0]] = value.slice(value.indexOf(" ") + 1);
  else return false;
  return true;
}

/**
 * Reads a line that says what the program covers or does.
 * @param {Program} program
 * @param {string} key
 * @param {string} value
 * @returns {boolean} Whether it is one.
 */
function readProgramLine(program, key, value) {
  const steps = program.lives[program.lives.length - 1];
  if (key === "spec") program.spec = value;
  else if (key === "covers") program.covers.push(value);
  else if (key === "tag" && TAGS.includes(value)) program.tags.add(value);
  else if (key === "request") steps.push({ kind: "requests", requests: [parseRequest(value)] });
  else if (key === "together")
    steps.push({ kind: "requests", requests: value.split(" & ").map(parseRequest) });
  else if (key === "restart") program.lives.push([]);
  else if (key === "pause") steps.push({ kind: "pause", ms: Number(value) });
  else if (SOCKET_STEPS.includes(key)) steps.push(parseSocketStep(key, value));
  else return false;
  return true;
}

/**
 * `BINDING Class [sqlite] [key=uniqueKey] [script=worker]`
 * @param {string} program
 * @param {string} text
 * @returns {ObjectClass}
 */
function parseObject(program, text) {
  const [binding, className, ...options] = text.split(" ");
  const option = (/** @type {string} */ name) =>
    options.find((given) => given.startsWith(`${name}=`))?.slice(name.length + 1);
  const script = option("script");
  return {
    binding,
    className,
    uniqueKey: option("key") ?? `${program}-${className}`,
    sqlite: options.includes("sqlite"),
    ...(script === undefined ? {} : { script }),
  };
}

/**
 * `BINDING worker[#Entrypoint] [JSON props]`
 * @param {string} text
 * @returns {Service}
 */
function parseService(text) {
  const [, binding, worker, entrypoint, props] =
    /^(\w+) (\w+)(?:#(\w+))?(?: (\{.*\}))?$/.exec(text) ?? [];
  if (!binding) throw new Error(`unreadable service: ${JSON.stringify(text)}`);
  return {
    binding,
    worker,
    ...(entrypoint === undefined ? {} : { entrypoint }),
    ...(props === undefined ? {} : { props: JSON.parse(props) }),
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

/**
 * `NAME [what]`
 * @param {string} kind
 * @param {string} text
 * @returns {SocketStep}
 */
function parseSocketStep(kind, text) {
  const [, socket, rest] = /^(\w+)(?: (.*))?$/.exec(text) ?? [];
  if (!socket) throw new Error(`unreadable socket: ${JSON.stringify(text)}`);
  return { kind: /** @type {SocketStep["kind"]} */ (kind), socket, rest: rest ?? "" };
}
