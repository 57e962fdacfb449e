import { readFileSync } from "node:fs";
import { join } from "node:path";
import { loadPackage } from "../commonjs.js";

/** The switches of the environment that decide which files count. */
type Environment = Record<string, string | undefined>;

/**
 * The secrets and local values of a project.
 *
 * `.dev.vars.<env>` wins outright over `.dev.vars`, and either of them over the `.env` files, which
 * are read together, the most specific last.
 */
export async function readDevVars(
  directory: string,
  environment: string | undefined,
  process: Environment,
): Promise<Record<string, string>> {
  const own = environment === undefined ? [] : [`.dev.vars.${environment}`];
  for (const name of [...own, ".dev.vars"]) {
    const text = read(join(directory, name));
    if (text !== undefined) return parse(text);
  }
  if (process.CLOUDFLARE_LOAD_DEV_VARS_FROM_DOT_ENV === "false") return {};
  const specific =
    environment === undefined ? [] : [`.env.${environment}`, `.env.${environment}.local`];
  const values: Record<string, string> = {};
  for (const name of [".env", ".env.local", ...specific]) {
    const text = read(join(directory, name));
    if (text !== undefined) Object.assign(values, await parse(text));
  }
  if (process.CLOUDFLARE_INCLUDE_PROCESS_ENV === "true") Object.assign(values, process);
  return values;
}

async function parse(text: string): Promise<Record<string, string>> {
  const dotenv = loadPackage("dotenv");
  return dotenv.parse(text);
}

function read(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}
