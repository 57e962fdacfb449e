/*
spec: 12 limits, 2.2
covers: Long URLs, many and long headers through a stub arrive whole
object: OBJ Obj
*/
import { Journal } from "./observe.mjs";

export class Obj {
  async fetch(request) {
    const headers = [...request.headers].filter(([name]) => name.startsWith("x-"));
    const length = headers.reduce((sum, [name, value]) => sum + name.length + value.length, 0);
    return new Response(null, {
      headers: {
        "x-url": String(request.url.length),
        "x-count": String(headers.length),
        "x-bytes": String(length),
      },
    });
  }
}

export default {
  async fetch(request, { OBJ }) {
    const log = new Journal();
    const stub = OBJ.getByName("a");
    const ask = async (label, url, headers) => {
      const response = await stub.fetch(url, { headers });
      log.note(
        label,
        [...response.headers].filter(([name]) => name.startsWith("x-")),
        await response.text(),
      );
    };
    await ask("url of 10000", `http://x/${"u".repeat(10_000)}`, {});
    await ask(
      "100 headers",
      "http://x/",
      Array.from({ length: 100 }, (_, i) => [`x-${i}`, "v".repeat(50)]),
    );
    await ask("header of 20000", "http://x/", { "x-long": "v".repeat(20_000) });
    await ask("latin header", "http://x/", { "x-text": "caf\u00e9" });
    return log.response();
  },
};
