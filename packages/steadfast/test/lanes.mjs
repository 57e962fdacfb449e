// A server whose code runs on several lanes of this thread: what crosses between them is the same as
// between threads.

/** Listens with `lanes` lanes, all of them in this thread; `fetch` is the worker's handler. */
export async function startLanes(t, { Server, attach }, { lanes = 2, classes, fetch, ...options }) {
  const server = await Server.start({
    storage: "memory",
    host: "127.0.0.1",
    port: 0,
    lanes,
    ...options,
  });
  const durableObjects = Object.keys(classes).map((className) => ({
    binding: className,
    className,
    uniqueKey: `lanes-${className}`,
    sqlite: true,
  }));
  const workers = [];
  for (let place = 0; place < lanes; place++) {
    const module = { ...classes, default: { fetch: (request, env) => fetch(request, env, place) } };
    const definition = {
      module,
      name: "lanes",
      durableObjects,
      vars: {},
      compatibilityDate: "2026-08-01",
    };
    workers.push(await attach(server.token, definition, undefined, place));
  }
  t.after(async () => {
    for (const worker of workers) worker.detach();
    await server.stop(0).catch(() => undefined);
  });
  return { server, workers, url: `http://127.0.0.1:${server.port}` };
}

/** The lane that an object lives on. */
export function placeOf(id, lanes) {
  return Number.parseInt(String(id).slice(24, 32), 16) % lanes;
}

/** Names of objects of a namespace that live at `place`. */
export function namesAt(namespace, place, lanes, count = 1) {
  const names = [];
  for (let n = 0; names.length < count; n++) {
    if (placeOf(namespace.idFromName(`o${n}`), lanes) === place) names.push(`o${n}`);
  }
  return names;
}
