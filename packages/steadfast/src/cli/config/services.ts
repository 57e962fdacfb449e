/** The bindings of a configuration that lead to Workers, and when the Worker runs by itself. */
import { parseCron } from "../../services/cron.js";
import type { ServiceBinding } from "../../services/definition.js";
import type { Fields } from "./fields.js";
import type { KeyPath, Table } from "./file.js";
import { isTable } from "./file.js";
import { dotted, type Problems } from "./problems.js";

/** A service binding of a configuration, which always names a Worker. */
export type ConfiguredService = ServiceBinding & { service: string };

const SERVICE_KEYS = new Set([
  "binding",
  "service",
  "environment",
  "entrypoint",
  "props",
  "remote",
]);

/** Reads `services`. */
export function serviceBindings(fields: Fields, problems: Problems): ConfiguredService[] {
  const services: ConfiguredService[] = [];
  for (const { path, table } of fields.tables("services")) {
    for (const key of Object.keys(table)) {
      if (!SERVICE_KEYS.has(key)) problems.warn([...path, key], `unknown key: key="${key}"`);
    }
    const service = serviceBinding(path, table, problems);
    if (service === undefined) continue;
    if (services.some((each) => each.binding === service.binding)) {
      problems.error(path, `two bindings have one name: name="${service.binding}"`);
    }
    services.push(service);
  }
  return services;
}

function serviceBinding(
  path: KeyPath,
  table: Table,
  problems: Problems,
): ConfiguredService | undefined {
  const { binding, service, environment, entrypoint, props, remote } = table;
  const given = JSON.stringify(table);
  const refuse = (what: string): void =>
    problems.error(path, `"${dotted(path)}" bindings should have ${what} but got ${given}.`);
  if (typeof binding !== "string") refuse('a string "binding" field');
  if (typeof service !== "string") refuse('a string "service" field');
  for (const [name, value] of Object.entries({ environment, entrypoint })) {
    if (value !== undefined && typeof value !== "string") refuse(`a string "${name}" field`);
  }
  if (props !== undefined && !isTable(props)) refuse('an object "props" field');
  if (remote === true) {
    problems.warn([...path, "remote"], "the Worker is called here: remote is not available");
  }
  if (typeof binding !== "string" || typeof service !== "string") return undefined;
  return {
    binding,
    service: typeof environment === "string" ? `${service}-${environment}` : service,
    ...(typeof entrypoint === "string" && { entrypoint }),
    ...(isTable(props) && { props }),
  };
}

/** Reads `triggers.crons`. */
export function cronTriggers(fields: Fields, section: KeyPath, problems: Problems): string[] {
  const crons = fields.nested("triggers")?.strings("crons") ?? [];
  for (const [index, cron] of crons.entries()) {
    try {
      parseCron(cron);
    } catch (error) {
      problems.error([...section, "triggers", "crons", index], (error as Error).message);
    }
  }
  return crons;
}
