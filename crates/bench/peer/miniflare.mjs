// The peer of `steadfast serve` for the time to the first response: miniflare 4, objects on disk.
import process from "node:process";
import { Miniflare } from "miniflare";

const [scriptPath, port, directory] = process.argv.slice(2);
const miniflare = new Miniflare({
  modules: true,
  scriptPath,
  port: Number(port),
  compatibilityDate: "2026-04-01",
  durableObjects: { COUNTER: { className: "Counter", useSQLite: true } },
  durableObjectsPersist: directory,
});
await miniflare.ready;
