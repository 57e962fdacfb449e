/*
spec: service bindings, WorkerEntrypoint
covers: Methods of named and default entry points; visibility, reserved names, errors; an instance per call; ctx and env
service: API other#Api
service: MAIN other
*/
import { noting } from "./observe.mjs";

export default noting(async (log, { API, MAIN }) => {
  log.note("shape", typeof API, typeof API.add);
  await log.try("add", () => API.add(1, 2));
  await log.try("default", () => MAIN.hello("x"));
  await log.try("getter", () => API.version);
  await log.try("inherited", () => API.inherited());
  await log.try("instances", async () => [await API.count(), await API.count()]);
  await log.try("globals", async () => [await API.globalCount(), await API.globalCount()]);
  for (const name of ["field", "arrow", "nope", "env", "ctx"]) await log.try(name, () => API[name]);
  for (const name of ["alarm", "webSocketMessage"]) await log.try(`${name}()`, () => API[name]());
  for (const name of ["tail", "scheduled", "queue", "test", "trace"])
    await log.try(`${name}()`, () => API[name]());
  await log.try("throws", () => API.fail());
  await log.try("function result", async () => (await API.adder(5))(6));
  await log.try("callback", () => API.call((x) => x * 2, 21));
  await log.try("pipelined", () => API.counter().increment());
  await log.try("fetch", async () => (await API.fetch("http://x/path")).text());
  await log.try("fetch of the default", async () => (await MAIN.fetch("http://x/path")).text());
  await log.try("about", () => API.about());
});
