import type { AssetsBinding } from "../platform/assets.js";
import type { WorkerConfig } from "./config/worker.js";
import { type Style, shownPath, type Terminal } from "./terminal.js";

const VALUE_WIDTH_MAX = 60;

/** What is served and where, shown once when it is ready. */
export function banner(
  terminal: Terminal,
  config: WorkerConfig,
  { url, data }: { url: string; data: string },
): string {
  const rows = [
    ...config.durableObjects.map(({ binding, className, sqlite }) => ({
      name: `env.${binding}`,
      kind: "Durable Object",
      value: sqlite ? `${className} (SQLite)` : className,
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
    { name: "data", kind: "directory", value: shownPath(data) },
  ];
  const nameWidth = Math.max(...rows.map((row) => row.name.length));
  const kindWidth = Math.max(...rows.map((row) => row.kind.length));
  const paint = (style: Style, text: string) => terminal.paint(style, text);
  return [
    "",
    `  ${paint("bold", config.name)} ${paint("dim", shownPath(config.path))}`,
    ...rows.map(
      ({ name, kind, value }) =>
        `  ${name.padEnd(nameWidth)}  ${paint("dim", kind.padEnd(kindWidth))}  ${value}`,
    ),
    "",
    `  ready on ${paint("cyan", url)}`,
    "",
  ].join("\n");
}

function assetsRow({ binding, directory }: AssetsBinding) {
  const name = binding === undefined ? "assets" : `env.${binding}`;
  return { name, kind: "assets", value: shownPath(directory) };
}

function shortened(text: string): string {
  return text.length <= VALUE_WIDTH_MAX ? text : `${text.slice(0, VALUE_WIDTH_MAX - 1)}…`;
}
