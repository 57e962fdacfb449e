import type { AssetsBinding } from "../platform/assets.js";
import type { ObjectBinding, WorkerConfig } from "./config/worker.js";
import { type Style, shownPath, type Terminal } from "./terminal.js";

const VALUE_WIDTH_MAX = 60;

/** What is served and where, shown once when it is ready. */
export function banner(
  terminal: Terminal,
  configs: readonly WorkerConfig[],
  { url, data }: { url: string; data: string },
): string {
  const workers = configs.map((config) => ({ config, rows: rowsOf(config) }));
  const last: Row = { name: "data", kind: "directory", value: shownPath(data) };
  const rows = [...workers.flatMap((each) => each.rows), last];
  const nameWidth = Math.max(...rows.map((row) => row.name.length));
  const kindWidth = Math.max(...rows.map((row) => row.kind.length));
  const paint = (style: Style, text: string) => terminal.paint(style, text);
  const line = ({ name, kind, value }: Row): string =>
    `  ${name.padEnd(nameWidth)}  ${paint("dim", kind.padEnd(kindWidth))}  ${value}`;
  return [
    ...workers.flatMap(({ config, rows: own }) => [
      "",
      `  ${paint("bold", config.name)} ${paint("dim", shownPath(config.path))}`,
      ...own.map(line),
    ]),
    ...(workers.length > 1 ? [""] : []),
    line(last),
    "",
    `  ready on ${paint("cyan", url)}`,
    "",
  ].join("\n");
}

interface Row {
  name: string;
  kind: string;
  value: string;
}

function rowsOf(config: WorkerConfig): Row[] {
  return [
    ...config.durableObjects.map(objectRow),
    ...config.services.map(({ binding, service, entrypoint }) => ({
      name: `env.${binding}`,
      kind: "service",
      value: entrypoint === undefined ? service : `${service}#${entrypoint}`,
    })),
    ...config.kvNamespaces.map(({ binding, id }) => ({
      name: `env.${binding}`,
      kind: "KV namespace",
      value: id,
    })),
    ...(config.assets === undefined ? [] : [assetsRow(config.assets)]),
    ...Object.entries(config.vars).map(([name, value]) => ({
      name: `env.${name}`,
      kind: config.secrets.has(name) ? "secret" : "var",
      value: config.secrets.has(name) ? "(hidden)" : shortened(JSON.stringify(value)),
    })),
    ...config.crons.map((cron) => ({ name: "scheduled", kind: "cron", value: cron })),
  ];
}

function objectRow({ binding, className, scriptName, sqlite }: ObjectBinding): Row {
  const name = `env.${binding}`;
  const kind = "Durable Object";
  if (scriptName !== undefined) return { name, kind, value: `${className} of ${scriptName}` };
  return { name, kind, value: sqlite ? `${className} (SQLite)` : className };
}

function assetsRow({ binding, directory }: AssetsBinding): Row {
  const name = binding === undefined ? "assets" : `env.${binding}`;
  return { name, kind: "assets", value: shownPath(directory) };
}

function shortened(text: string): string {
  return text.length <= VALUE_WIDTH_MAX ? text : `${text.slice(0, VALUE_WIDTH_MAX - 1)}…`;
}
