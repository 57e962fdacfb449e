/*
spec: 2.2 stub.fetch, bodies
covers: Request and response bodies stream through stub.fetch while the other side goes on
object: OBJ Obj
*/
import { Journal, pause } from "./observe.mjs";

const encoder = new TextEncoder();
const decoder = new TextDecoder();

function slowly(chunks, log) {
  const { readable, writable } = new TransformStream();
  (async () => {
    const writer = writable.getWriter();
    for (const chunk of chunks) {
      await writer.write(encoder.encode(chunk));
      log?.push(`wrote ${chunk}`);
      await pause(5);
    }
    await writer.close();
  })();
  return readable;
}

async function readAll(body) {
  let text = "";
  for await (const chunk of body) text += decoder.decode(chunk, { stream: true });
  return text;
}

export class Obj {
  async fetch(request) {
    const { pathname } = new URL(request.url);
    if (pathname === "/echo") return new Response(request.body);
    if (pathname === "/upper") {
      const upper = new TransformStream({
        transform(chunk, controller) {
          controller.enqueue(encoder.encode(decoder.decode(chunk).toUpperCase()));
        },
      });
      return new Response(request.body.pipeThrough(upper));
    }
    if (pathname === "/down") return new Response(slowly(["one ", "two ", "three"]));
    if (pathname === "/large") return new Response(new Uint8Array(300_000).fill(97));
    return new Response(`length ${(await request.text()).length}`);
  }
}

export default {
  async fetch(request, { OBJ }) {
    const log = new Journal();
    const stub = OBJ.getByName("a");
    const post = (path, body) => stub.fetch(`http://x/${path}`, { method: "POST", body });
    log.note("down", await readAll((await stub.fetch("http://x/down")).body));
    log.note("echo", await readAll((await post("echo", slowly(["a", "b", "c"]))).body));
    log.note("upper", await readAll((await post("upper", slowly(["x", "y"]))).body));
    log.note("up", await (await post("count", slowly(["12345", "67890"]))).text());
    log.note("large down", (await (await stub.fetch("http://x/large")).arrayBuffer()).byteLength);
    log.note("large up", await (await post("count", new Uint8Array(300_000).fill(97))).text());
    log.note(
      "large there and back",
      (await (await post("echo", "z".repeat(250_000))).text()).length,
    );
    const reader = (await stub.fetch("http://x/down")).body.getReader();
    log.note("first chunk", decoder.decode((await reader.read()).value));
    await reader.cancel("enough");
    log.note(
      "after a cancel",
      await (await stub.fetch("http://x/echo", { method: "POST", body: "still alive" })).text(),
    );
    return log.response();
  },
};
