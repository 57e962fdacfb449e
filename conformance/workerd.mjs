// The peer: every program as a service of one workerd process.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { basename, dirname, join } from "node:path";
import { createInterface } from "node:readline";

/** @typedef {import("./program.mjs").Program} Program */

/** Path of the binary. @type {string} */
const WORKERD = createRequire(import.meta.url)("workerd").default;

/** @type {import("./host.mjs").StartHost} */
export async function startWorkerd(programs, folder, log) {
  const data = join(folder, "data");
  await mkdir(data, { recursive: true });
  const config = join(folder, "config.capnp");
  await writeFile(config, await configText(programs, data));
  const child = spawn(WORKERD, ["serve", config, "--control-fd=3"], {
    stdio: ["ignore", "pipe", "pipe", "pipe"],
  });
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on("data", (chunk) => log(String(chunk)));
  }
  const exited = once(child, "exit");
  const control = /** @type {import("node:stream").Readable} */ (child.stdio[3]);
  const ports = await Promise.race([
    listeningPorts(control, programs.length),
    exited.then(() => Promise.reject(new Error("workerd ended at start"))),
  ]);
  return {
    async open(program) {
      return { port: Number(ports.get(program.name)), close: async () => {} };
    },
    async stop() {
      child.kill("SIGTERM");
      await exited;
    },
  };
}

/**
 * @param {import("node:stream").Readable} control
 * @param {number} count
 * @returns {Promise<Map<string, number>>}
 */
async function listeningPorts(control, count) {
  /** @type {Map<string, number>} */
  const ports = new Map();
  for await (const line of createInterface(control)) {
    const message = JSON.parse(line);
    if (message.event === "listen") ports.set(message.socket, message.port);
    if (ports.size === count) break;
  }
  return ports;
}

/**
 * @param {Program[]} programs
 * @param {string} data
 */
async function configText(programs, data) {
  const services = await Promise.all(programs.map(serviceText));
  const sockets = programs.map(
    (program) =>
      `(name = ${quote(program.name)}, address = "127.0.0.1:0", http = (), service = ${quote(program.name)})`,
  );
  return `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [
    (name = "data", disk = (path = ${quote(data)}, writable = true)),
    ${services.join(",\n    ")}
  ],
  sockets = [
    ${sockets.join(",\n    ")}
  ]
);
`;
}

/** @param {Program} program */
async function serviceText(program) {
  const shared = join(dirname(program.file), "observe.mjs");
  const modules = [
    `(name = ${quote(basename(program.file))}, esModule = ${quote(program.source)})`,
    `(name = "observe.mjs", esModule = ${quote(await readFile(shared, "utf8"))})`,
  ];
  const namespaces = [
    ...new Map(program.objects.map((object) => [object.uniqueKey, object])).values(),
  ].map(
    ({ className, uniqueKey, sqlite }) =>
      `(className = ${quote(className)}, uniqueKey = ${quote(uniqueKey)}, enableSql = ${sqlite})`,
  );
  const bindings = [
    ...program.objects.map(
      ({ binding, className }) =>
        `(name = ${quote(binding)}, durableObjectNamespace = ${quote(className)})`,
    ),
    ...Object.entries(program.vars).map(
      ([name, value]) => `(name = ${quote(name)}, text = ${quote(value)})`,
    ),
  ];
  return `(name = ${quote(program.name)}, worker = (
      modules = [${modules.join(", ")}],
      compatibilityDate = ${quote(program.compatibilityDate)},
      durableObjectNamespaces = [${namespaces.join(", ")}],
      durableObjectStorage = (localDisk = "data"),
      bindings = [${bindings.join(", ")}]
    ))`;
}

/**
 * A Cap'n Proto text literal.
 * @param {string} text
 */
function quote(text) {
  return JSON.stringify(text);
}
