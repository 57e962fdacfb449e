// A client over a real socket, and a server with one class that it talks to.
import { once } from "node:events";
import { request as httpRequest } from "node:http";
import { WebSocket as Client } from "ws";
import { attach, Server } from "../dist/index.js";

/** Serves one class as a worker does that passes each request on to the object its path begins with. */
export async function serveObject(t, Class, options = {}) {
  const server = await Server.start({ storage: "memory", host: "127.0.0.1", port: 0, ...options });
  const attached = [await attach(server.token, definitionOf(Class, options))];
  t.after(async () => {
    for (const each of attached) each.detach();
    await server.stop(0);
  });
  return { server, port: server.port, attached, lane: attached[0].workers.lane };
}

/** What is attached to such a server. */
export function definitionOf(Class, { compatibilityDate, fetch } = {}) {
  const passOn = (request, env) =>
    env.OBJECT.getByName(new URL(request.url).pathname.split("/")[1]).fetch(request);
  const object = { binding: "OBJECT", className: "Object_", uniqueKey: "-Object", sqlite: true };
  const module = { default: { fetch: fetch ?? passOn }, Object_: Class };
  return { module, name: "", durableObjects: [object], vars: {}, compatibilityDate };
}

/** What a client has seen, in order; `next` waits for one more. */
export class Recorder {
  #seen = [];
  #waiting;

  add(event) {
    this.#seen.push(event);
    this.#waiting?.();
  }

  async next() {
    while (this.#seen.length === 0) {
      await new Promise((resolve) => {
        this.#waiting = resolve;
      });
    }
    return this.#seen.shift();
  }

  async take(count) {
    const taken = [];
    while (taken.length < count) taken.push(await this.next());
    return taken;
  }

  get rest() {
    return this.#seen.splice(0);
  }
}

/** An open socket whose messages and end are recorded as text. */
export async function open(t, port, path = "/a", options = {}) {
  const client = new Client(`ws://127.0.0.1:${port}${path}`, options.protocols ?? [], {
    perMessageDeflate: false,
    ...options,
  });
  t.after(() => client.terminate());
  const recorder = new Recorder();
  client.on("message", (data, isBinary) => {
    recorder.add(isBinary ? `bytes ${[...data]}` : data.toString());
  });
  client.on("close", (code, reason) => recorder.add(`close ${code} ${reason}`.trimEnd()));
  client.on("upgrade", (response) => {
    client.head = response;
  });
  await once(client, "open");
  client.seen = recorder;
  return client;
}

/** Asks for a page, past whatever `fetch` is at the moment. */
export async function get(port, path) {
  const request = httpRequest({ host: "127.0.0.1", port, path, agent: false }).end();
  const [response] = await once(request, "response");
  let text = "";
  for await (const chunk of response) text += chunk;
  return text;
}
