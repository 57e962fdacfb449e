import { parseArgs } from "node:util";
import { CliError } from "./error.js";

/** What the command line asks for, before any file is read. */
export interface Arguments {
  command: "dev" | "serve" | "help" | "version";
  /** The directory of the project, as given. */
  directory: string;
  /** TCP port; 0 lets the system choose. */
  port: number;
  host: string;
  /** Where data are kept; undefined is `.steadfast` in the project. */
  persistTo: string | undefined;
  /** Address of the debugger, `host:port`; undefined is no debugger. */
  inspect: { host: string; port: number } | undefined;
  /** The `env.<name>` section of the configuration to use. */
  environment: string | undefined;
  /** Path of the configuration file; undefined searches the project. */
  config: string | undefined;
  /** Whether `serve` prints a line per request, as `dev` always does. */
  logRequests: boolean;
}

const PORT_DEFAULT = 8787;
const PORT_MAX = 65535;
const INSPECT_PORT_DEFAULT = 9229;
const HOST_DEFAULT = "127.0.0.1";

/** The text of `steadfast --help`. */
export const HELP = `Usage: steadfast <command> [directory] [options]

Runs a Worker with Durable Objects in this Node. The directory, by default the
current one, holds wrangler.jsonc, wrangler.json or wrangler.toml.

Commands:
  dev                    serve, and reload when a source file changes
  serve                  serve without watching; SIGTERM and SIGINT finish
                         the requests in flight first

Options:
  -p, --port <number>    port to listen on (default: 8787; 0 picks a free one)
      --host <address>   address to listen on (default: 127.0.0.1)
      --persist-to <dir> where data are kept (default: .steadfast in the project)
  -e, --env <name>       use the env.<name> section of the configuration
  -c, --config <file>    configuration file to read
      --inspect[=[host:]port]
                         let a debugger attach (default: 127.0.0.1:9229)
      --log-requests     print a line for each request; dev always does
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
  const [command, directory = ".", ...rest] = positionals;
  if (command === undefined) return request("help");
  if (command !== "dev" && command !== "serve") {
    throw new CliError(`unknown command: command="${command}" commands="dev, serve"`);
  }
  if (rest.length > 0) {
    throw new CliError(`only one directory can be given: second="${rest[0]}"`);
  }
  return {
    command,
    directory,
    port: values.port === undefined ? PORT_DEFAULT : port("--port", values.port),
    host: values.host ?? HOST_DEFAULT,
    persistTo: values["persist-to"],
    inspect: values.inspect === undefined ? undefined : inspectAddress(values.inspect),
    environment: values.env,
    config: values.config,
    logRequests: values["log-requests"] ?? false,
  };
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
        config: { type: "string", short: "c" },
        "log-requests": { type: "boolean" },
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
    port: PORT_DEFAULT,
    host: HOST_DEFAULT,
    persistTo: undefined,
    inspect: undefined,
    environment: undefined,
    config: undefined,
    logRequests: false,
  };
}

function port(option: string, text: string): number {
  const value = Number(text);
  if (/^\d+$/.test(text) && value <= PORT_MAX) return value;
  throw new CliError(`${option} needs a port number: given="${text}" port_max=${PORT_MAX}`);
}

function inspectAddress(text: string): { host: string; port: number } {
  const colon = text.lastIndexOf(":");
  const host = colon < 0 ? HOST_DEFAULT : text.slice(0, colon);
  const number = text.slice(colon + 1);
  return { host, port: number === "" ? INSPECT_PORT_DEFAULT : port("--inspect", number) };
}
