// Drives the project through the class `Miniflare`, and prints what it saw as JSON lines.
// Argument: where to persist, a path that may have a scheme.
import { readdirSync, readFileSync } from "node:fs";
import shared from "@miniflare/shared";
import { Miniflare } from "miniflare";

const [persist] = process.argv.slice(2);
const directory = persist.replace(/^steadfast:/, "");
const script = readFileSync("worker.mjs", "utf8");
const options = {
  log: new shared.NoOpLog(),
  modules: true,
  script,
  durableObjects: { COUNTER: "Counter", GREETER: { className: "Greeter", scriptName: "mounted" } },
  durableObjectsPersist: persist,
  mounts: {
    mounted: {
      scriptPath: "mounted/worker.mjs",
      modules: true,
      durableObjects: { OWN: "Greeter" },
    },
  },
};

const log = (...values) => console.log(JSON.stringify(values));

async function open() {
  const mf = new Miniflare(options);
  const send = async (path, body) => {
    const method = body === undefined ? "GET" : "POST";
    const response = await mf.dispatchFetch(`http://localhost${path}`, { method, body });
    const text = await response.text();
    log(path, response.status, text);
    return text;
  };
  const plugin = (await mf.getPlugins()).DurableObjectsPlugin;
  const storages = mf.getPluginStorage("DurableObjectsPlugin");
  return { mf, send, plugin, storages };
}

{
  const { mf, send, plugin, storages } = await open();
  await Promise.all(Array.from({ length: 20 }, () => send("/COUNTER/a/increment")));
  await send("/COUNTER/b/increment");
  await send("/COUNTER/a/transfer");
  await send("/COUNTER/a/refuse");
  await send("/COUNTER/a/throw");
  await send("/COUNTER/a/nothing");
  await send("/GREETER/g/hello");

  // Late enough for its file to be written: the original deletes it without waiting.
  await send("/COUNTER/a/alarm", "500");
  await send("/COUNTER/a/alarmed");
  await send("/COUNTER/b/alarm", "3600000");

  const namespace = await mf.getDurableObjectNamespace("COUNTER");
  const id = namespace.idFromName("b");
  const storage = await mf.getDurableObjectStorage(id);
  log("storage", [...(await storage.list())], typeof (await storage.getAlarm()));
  await storage.put("outside", new Date(0));
  log("ids", plugin.getObjects(storages, "COUNTER").map(String).sort());

  // A reload makes new instances of the new code, over the storages there were.
  await mf.setOptions({ script: script.replace("VERSION = 1", "VERSION = 2") });
  await send("/COUNTER/a/state");
  await send("/COUNTER/b/state");
  await mf.reload();
  await send("/COUNTER/b/state");
  try {
    await mf.setOptions({ script, durableObjects: { ...options.durableObjects, C: "Missing" } });
  } catch (error) {
    log("missing class", error.name, error.message);
  }
  await mf.dispose();
}
for (const path of filesBelow(directory)) log("file", path);
{
  const { mf, send, plugin, storages } = await open();
  await send("/COUNTER/b/state");
  await plugin.flushAlarms(storages);
  await send("/COUNTER/b/state");
  await send("/GREETER/g/hello");
  await mf.dispose();
}
for (const path of filesBelow(directory)) log("file", path);

function filesBelow(path) {
  return readdirSync(path, { recursive: true })
    .map((name) => name.replaceAll("\\", "/"))
    .sort();
}
