// The peer: every program as a service of one workerd process.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { basename, dirname, join } from "node:path";
import { createInterface } from "node:readline";

/** @typedef {import("./program.mjs").Program} Program */
/** @typedef {import("./program.mjs").WorkerModule} WorkerModule */

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
    if (ports.size === count) return ports;
  }
  throw new Error(`workerd ended at start: programs=${count} listening=${ports.size}`);
}

/**
 * @param {Program[]} programs
 * @param {string} data
 */
async function configText(programs, data) {
  const services = await Promise.all(
    programs.flatMap((program) => [
      serviceText(program, program),
      ...program.others.map((other) => serviceText(other, program)),
    ]),
  );
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

/**
 * The name that a Worker of a program has as a service.
 * @param {Program} program
 * @param {string} worker
 */
function serviceName(program, worker) {
  return worker === program.name ? program.name : `${program.name}.${worker}`;
}

/**
 * @param {WorkerModule} worker
 * @param {Program} program
 */
async function serviceText(worker, program) {
  const shared = join(dirname(worker.file), "observe.mjs");
  const modules = [
    `(name = ${quote(basename(worker.file))}, esModule = ${quote(worker.source)})`,
    `(name = "observe.mjs", esModule = ${quote(await readFile(shared, "utf8"))})`,
  ];
  const own = worker.objects.filter(({ script }) => script === undefined);
  const namespaces = [...new Map(own.map((object) => [object.uniqueKey, object])).values()].map(
    ({ className, uniqueKey, sqlite }) =>
      `(className = ${quote(className)}, uniqueKey = ${quote(uniqueKey)}, enableSql = ${sqlite})`,
  );
  return `(name = ${quote(serviceName(program, worker.name))}, worker = (
      modules = [${modules.join(", ")}],
      compatibilityDate = ${quote(worker.compatibilityDate)},
      compatibilityFlags = [${worker.compatibilityFlags.map(quote).join(", ")}],
      durableObjectNamespaces = [${namespaces.join(", ")}],
      durableObjectStorage = (localDisk = "data"),
      bindings = [${bindingTexts(worker, program).join(", ")}]
    ))`;
}

/**
 * @param {WorkerModule} worker
 * @param {Program} program
 */
function bindingTexts(worker, program) {
  const target = (/** @type {string} */ name) =>
    serviceName(program, name === "self" ? worker.name : name);
  return [
    ...worker.objects.map(({ binding, className, script }) => {
      const service = script === undefined ? "" : `, serviceName = ${quote(target(script))}`;
      return `(name = ${quote(binding)}, durableObjectNamespace = (className = ${quote(className)}${service}))`;
    }),
    ...worker.services.map(({ binding, worker: name, entrypoint, props }) => {
      const parts = [`name = ${quote(target(name))}`];
      if (entrypoint !== undefined) parts.push(`entrypoint = ${quote(entrypoint)}`);
      if (props !== undefined) parts.push(`props = (json = ${quote(JSON.stringify(props))})`);
      return `(name = ${quote(binding)}, service = (${parts.join(", ")}))`;
    }),
    ...Object.entries(worker.vars).map(
      ([name, value]) => `(name = ${quote(name)}, text = ${quote(value)})`,
    ),
  ];
}

/**
 * A Cap'n Proto text literal.
 * @param {string} text
 */
function quote(text) {
  return JSON.stringify(text);
}
