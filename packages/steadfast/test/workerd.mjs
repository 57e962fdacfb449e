import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { createInterface } from "node:readline";

/** Path of the real runtime. */
const WORKERD = createRequire(import.meta.url)("workerd").default;

/**
 * Runs a Worker on the real workerd, with the objects of `namespaces` (`{ className, uniqueKey, sqlite }`)
 * stored in `data`. Returns `{ url, stop(signal) }`; it is killed when the test ends if it still runs.
 */
export async function startWorkerd(t, { directory, source, namespaces, data }) {
  mkdirSync(data, { recursive: true });
  const config = join(directory, "workerd.capnp");
  writeFileSync(config, configText(source, namespaces, data));
  const child = spawn(WORKERD, ["serve", config, "--control-fd=3"], {
    stdio: ["ignore", "inherit", "inherit", "pipe"],
  });
  const exited = once(child, "exit");
  t.after(() => child.kill("SIGKILL"));
  const listening = (async () => {
    for await (const line of createInterface(child.stdio[3])) {
      const message = JSON.parse(line);
      if (message.event === "listen") return message.port;
    }
    throw new Error("workerd ended before it listened");
  })();
  return {
    url: `http://127.0.0.1:${await listening}`,
    async stop(signal = "SIGTERM") {
      child.kill(signal);
      await exited;
    },
  };
}

function configText(source, namespaces, data) {
  const quote = JSON.stringify;
  const declared = namespaces.map(
    ({ className, uniqueKey, sqlite }) =>
      `(className = ${quote(className)}, uniqueKey = ${quote(uniqueKey)}, enableSql = ${sqlite})`,
  );
  const bindings = namespaces.map(
    ({ binding, className }) =>
      `(name = ${quote(binding)}, durableObjectNamespace = ${quote(className)})`,
  );
  return `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [
    (name = "data", disk = (path = ${quote(data)}, writable = true)),
    (name = "main", worker = (
      modules = [(name = "main.js", esModule = ${quote(source)})],
      compatibilityDate = "2026-08-01",
      durableObjectNamespaces = [${declared.join(", ")}],
      durableObjectStorage = (localDisk = "data"),
      bindings = [${bindings.join(", ")}]
    ))
  ],
  sockets = [(name = "http", address = "127.0.0.1:0", http = (), service = "main")]
);
`;
}
