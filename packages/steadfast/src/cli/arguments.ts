import { availableParallelism } from "node:os";
import { parseArgs } from "node:util";
import type { CommitMode, Limits } from "../binding.js";
import { toMilliseconds } from "../duration.js";
import { CliError } from "./error.js";

/** The commands that run a Worker. */
export type RunCommand = "dev" | "serve";

/** The commands that work on data at rest. */
export type DataCommand = "import" | "export" | "inspect" | "check";

/** What the command line asks for, before any file is read. */
export interface Arguments {
  command: RunCommand | DataCommand | "help" | "version";
  /** The directory of the project, as given. */
  directory: string;
  /** What `import` reads and `export` writes, as given; what `inspect` looks at. */
  operands: string[];
  /** TCP port; 0 lets the system choose. */
  port: number;
  host: string;
  /** Where data are kept; undefined is `.steadfast` in the project. */
  persistTo: string | undefined;
  /** Address of the debugger, `host:port`; undefined is no debugger. */
  inspect: { host: string; port: number } | undefined;
  /** The `env.<name>` section of the configuration to use. */
  environment: string | undefined;
  /** Paths of the configuration files, the one of the first Worker first; none searches the project. */
  configs: readonly string[];
  /** Whose limits hold for what is stored. */
  limits: Limits;
  /** For how long objects can go back in time, in milliseconds; undefined is not at all. */
  historyMs: number | undefined;
  /** How commits become durable. */
  commit: CommitMode;
  /** How many threads run the Worker's code. */
  lanes: number;
  /** How long its code may run without yielding, in milliseconds; 0 is as long as it likes. */
  cpuMs: number;
  /** What one thread may take for its objects, in MiB; undefined is what Node gives. */
  memoryMb: number | undefined;
  /** Whether `serve` prints a line per request, as `dev` always does. */
  logRequests: boolean;
  /** Whether `import` and `export` replace what is there. */
  overwrite: boolean;
  /** Whether the answer is JSON. */
  json: boolean;
  /** How many objects or keys `inspect` lists. */
  limit: number;
}

const PORT_DEFAULT = 8787;
const PORT_MAX = 65535;
const INSPECT_PORT_DEFAULT = 9229;
const HOST_DEFAULT = "127.0.0.1";
/** More threads than this have to be asked for. */
const LANES_DEFAULT_MAX = 8;
const LANES_MAX = 256;
/** What Cloudflare gives one event, unless it is told otherwise. */
const CPU_MS_DEFAULT = 30_000;
const LIMIT_DEFAULT = 100;
const LIMIT_MAX = 4_294_967_295;
const MS_MAX = 2_147_483_647;
/** Below this not even the runtime fits. */
const MEMORY_MB_MIN = 16;
const MEMORY_MB_MAX = 1_048_576;

/** The names of a command's operands; the last ones may be missing beyond `required`. */
const COMMANDS: Record<RunCommand | DataCommand, { operands: string[]; required: number }> = {
  dev: { operands: ["directory"], required: 0 },
  serve: { operands: ["directory"], required: 0 },
  import: { operands: ["directory"], required: 1 },
  export: { operands: ["directory"], required: 1 },
  inspect: { operands: ["namespace", "object"], required: 0 },
  check: { operands: ["directory"], required: 0 },
};

/** Which commands know an option; `--persist-to` and `--config` are for all. */
const OPTION_COMMANDS: Record<string, string[]> = {
  port: ["dev", "serve"],
  host: ["dev", "serve"],
  inspect: ["dev", "serve"],
  env: ["dev", "serve"],
  limits: ["dev", "serve"],
  history: ["dev", "serve"],
  commit: ["dev", "serve"],
  lanes: ["dev", "serve"],
  "cpu-ms": ["dev", "serve"],
  "lane-memory-mb": ["dev", "serve"],
  "log-requests": ["dev", "serve"],
  overwrite: ["import", "export"],
  json: ["import", "export", "inspect", "check"],
  limit: ["inspect"],
};

/** The text of `steadfast --help`. */
export const HELP = `Usage: steadfast <command> [arguments] [options]

Runs a Worker with Durable Objects in this Node, and moves and examines what its
objects have stored.

Commands:
  dev [project]          serve, and reload when a source file changes
  serve [project]        serve without watching; SIGTERM and SIGINT finish
                         the requests in flight first
  import <directory>     take over what wrangler dev or workerd has stored: from
                         a project, its .wrangler/state, or a directory with a
                         directory for each namespace
  export <directory>     write everything as workerd keeps it
  inspect [namespace [object]]
                         list namespaces, the objects of one, or keys, tables
                         and alarm of one object, named by its id or name
  check [project]        verify the data; ends with code 1 if something is wrong

A project, by default the current directory, holds wrangler.jsonc, wrangler.json
or wrangler.toml.

Options:
  -p, --port <number>    port to listen on (default: 8787; 0 picks a free one)
      --host <address>   address to listen on (default: 127.0.0.1)
      --persist-to <dir> where data are kept (default: .steadfast in the project)
  -e, --env <name>       use the env.<name> section of the configuration
  -c, --config <file>    configuration file to read; given several times, dev and
                         serve run several Workers, and the first gets the
                         requests
      --inspect[=[host:]port]
                         let a debugger attach (default: 127.0.0.1:9229)
      --limits=local|production
                         hold what is stored to the limits of a local workerd
                         (the default) or of Cloudflare
      --history <time>   let objects go back in time, for as long as "30 days"
      --commit=log|sqlite
                         how commits become durable: in a log that is moved to
                         the base file (the default), or in that file at once
      --lanes <number>   threads that run the code, among which the objects are
                         spread (default: a core each, at most 8; dev: 1)
      --cpu-ms <number>  end a thread whose code has not yielded for this long
                         (default: 30000; 0 and dev: never)
      --lane-memory-mb <number>
                         memory for the objects of one thread
      --log-requests     print a line for each request; dev always does
      --overwrite        let import replace objects, and export namespaces
      --json             let import, export, inspect and check print JSON
      --limit <number>   how many objects or keys inspect lists (default: 100)
  -h, --help             show this text
  -v, --version          show the version
`;

/**
 * Parses the arguments after the program name.
 *
 * Throws a `CliError` that names the argument and what it accepts.
 */
export function parseArguments(args: readonly string[]): Arguments {
  const { values, positionals } = parse(args);
  if (values.help) return request("help");
  if (values.version) return request("version");
  const [command, ...operands] = positionals;
  if (command === undefined) return request("help");
  if (!isCommand(command)) {
    const commands = Object.keys(COMMANDS).join(", ");
    throw new CliError(`unknown command: command="${command}" commands="${commands}"`);
  }
  checkOperands(command, operands);
  for (const option of Object.keys(values)) {
    const commands = OPTION_COMMANDS[option];
    if (commands && !commands.includes(command)) {
      const known = commands.join(", ");
      throw new CliError(
        `--${option} is not for this command: command="${command}" for="${known}"`,
      );
    }
  }
  const projectGiven = command === "dev" || command === "serve" || command === "check";
  return {
    command,
    directory: (projectGiven ? operands[0] : undefined) ?? ".",
    operands: projectGiven ? [] : operands,
    port: values.port === undefined ? PORT_DEFAULT : number("--port", values.port, PORT_MAX),
    host: values.host ?? HOST_DEFAULT,
    persistTo: values["persist-to"],
    inspect: values.inspect === undefined ? undefined : inspectAddress(values.inspect),
    environment: values.env,
    configs: values.config ?? [],
    limits: values.limits === undefined ? "local" : limits(values.limits),
    historyMs: values.history === undefined ? undefined : history(values.history),
    commit: values.commit === undefined ? "log" : commitMode(values.commit),
    ...threads(command, values),
    logRequests: values["log-requests"] ?? false,
    overwrite: values.overwrite ?? false,
    json: values.json ?? false,
    limit: values.limit === undefined ? LIMIT_DEFAULT : number("--limit", values.limit, LIMIT_MAX),
  };
}

function isCommand(text: string): text is RunCommand | DataCommand {
  return Object.hasOwn(COMMANDS, text);
}

function checkOperands(command: RunCommand | DataCommand, given: string[]): void {
  const { operands, required } = COMMANDS[command];
  const missing = operands.slice(0, required)[given.length];
  if (missing !== undefined) {
    throw new CliError(`${command} needs a ${missing}: steadfast ${command} <${missing}>`);
  }
  const extra = given[operands.length];
  if (extra === undefined) return;
  const what =
    operands.length === 1 ? `only one ${operands[0]}` : `at most ${operands.join(" and ")}`;
  throw new CliError(`${what} can be given: extra="${extra}"`);
}

function parse(args: readonly string[]) {
  // The value of `--inspect` is optional, which parseArgs cannot say.
  const complete = args.map((each) => (each === "--inspect" ? "--inspect=" : each));
  try {
    return parseArgs({
      args: complete,
      allowPositionals: true,
      options: {
        port: { type: "string", short: "p" },
        host: { type: "string" },
        "persist-to": { type: "string" },
        inspect: { type: "string" },
        env: { type: "string", short: "e" },
        config: { type: "string", short: "c", multiple: true },
        limits: { type: "string" },
        history: { type: "string" },
        commit: { type: "string" },
        lanes: { type: "string" },
        "cpu-ms": { type: "string" },
        "lane-memory-mb": { type: "string" },
        "log-requests": { type: "boolean" },
        overwrite: { type: "boolean" },
        json: { type: "boolean" },
        limit: { type: "string" },
        help: { type: "boolean", short: "h" },
        version: { type: "boolean", short: "v" },
      },
    });
  } catch (error) {
    const [reason] = (error as Error).message.split(". ");
    throw new CliError(`${reason}; see steadfast --help`);
  }
}

function request(command: "help" | "version"): Arguments {
  return {
    command,
    directory: ".",
    operands: [],
    port: PORT_DEFAULT,
    host: HOST_DEFAULT,
    persistTo: undefined,
    inspect: undefined,
    environment: undefined,
    configs: [],
    limits: "local",
    historyMs: undefined,
    commit: "log",
    lanes: 1,
    cpuMs: 0,
    memoryMb: undefined,
    logRequests: false,
    overwrite: false,
    json: false,
    limit: LIMIT_DEFAULT,
  };
}

/** How many threads there are, and what each may do. */
function threads(
  command: string,
  given: Partial<Record<"lanes" | "cpu-ms" | "lane-memory-mb", string>>,
): Pick<Arguments, "lanes" | "cpuMs" | "memoryMb"> {
  const serves = command === "serve";
  const { lanes, "cpu-ms": cpuMs, "lane-memory-mb": memoryMb } = given;
  const ownLanes = serves ? Math.min(availableParallelism(), LANES_DEFAULT_MAX) : 1;
  return {
    lanes: lanes === undefined ? ownLanes : number("--lanes", lanes, LANES_MAX, 1),
    cpuMs: cpuMs === undefined ? (serves ? CPU_MS_DEFAULT : 0) : number("--cpu-ms", cpuMs, MS_MAX),
    memoryMb:
      memoryMb === undefined
        ? undefined
        : number("--lane-memory-mb", memoryMb, MEMORY_MB_MAX, MEMORY_MB_MIN),
  };
}

function number(option: string, text: string, max: number, min = 0): number {
  const value = Number(text);
  if (/^\d+$/.test(text) && value <= max && value >= min) return value;
  const isPort = option === "--port" || option === "--inspect";
  const [what, name] = isPort ? ["a port number", "port"] : ["a number", nameOf(option)];
  const least = min > 0 ? ` ${name}_min=${min}` : "";
  throw new CliError(`${option} needs ${what}: given="${text}"${least} ${name}_max=${max}`);
}

/** The option as messages name its value. */
function nameOf(option: string): string {
  return option.slice(2).replaceAll("-", "_");
}

function limits(text: string): Limits {
  if (text === "local" || text === "production") return text;
  throw new CliError(`--limits is local or production: given="${text}"`);
}

function history(text: string): number {
  try {
    return toMilliseconds(text);
  } catch {
    throw new CliError(`--history needs a time such as "30 days": given="${text}"`);
  }
}

function commitMode(text: string): CommitMode {
  if (text === "log" || text === "sqlite") return text;
  throw new CliError(`--commit is log or sqlite: given="${text}"`);
}

function inspectAddress(text: string): { host: string; port: number } {
  const colon = text.lastIndexOf(":");
  const host = colon < 0 ? HOST_DEFAULT : text.slice(0, colon);
  const digits = text.slice(colon + 1);
  return {
    host,
    port: digits === "" ? INSPECT_PORT_DEFAULT : number("--inspect", digits, PORT_MAX),
  };
}
