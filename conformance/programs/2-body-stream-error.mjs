/*
spec: 2.2 stub.fetch, bodies; 2.6
covers: A response body that errors midway; a request body that errors midway
object: OBJ Obj
*/
import { Journal, pause } from "./observe.mjs";

export class Obj {
  async fetch(request) {
    if (request.url.endsWith("/up")) {
      return new Response(
        await request.text().then(
          (text) => `read ${text}`,
          (error) => `failed as ${error.constructor.name}`,
        ),
      );
    }
    let sent = 0;
    return new Response(
      new ReadableStream({
        async pull(controller) {
          await pause(1);
          if (++sent === 3) controller.error(new RangeError("midway"));
          else controller.enqueue(new TextEncoder().encode(`chunk ${sent} `));
        },
      }),
    );
  }
}

export default {
  async fetch(request, { OBJ }) {
    const log = new Journal();
    const stub = OBJ.getByName("a");
    const response = await stub.fetch("http://x/down");
    log.note("status", response.status);
    await log.try("reading fails", () =>
      response.text().then(
        (text) => text,
        (error) => error instanceof Error,
      ),
    );
    log.note("alive", (await stub.fetch("http://x/down")).status);
    return log.response();
  },
};
