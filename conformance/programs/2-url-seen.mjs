/*
spec: 2.2 stub.fetch
covers: Method and URL arrive as sent; the URL must be absolute; input may be a string, a URL or a Request
object: OBJ Obj
*/
import { Journal } from "./observe.mjs";

export class Obj {
  async fetch(request) {
    return Response.json([request.method, request.url]);
  }
}

export default {
  async fetch(request, { OBJ }) {
    const log = new Journal();
    const stub = OBJ.getByName("a");
    const ask = (label, ...args) => log.try(label, async () => (await stub.fetch(...args)).json());
    await ask("plain", "http://host/path?query=1");
    await ask("no path", "http://host");
    await ask("https, port", "https://host:8443/");
    await ask("default port", "http://host:80/a/../b/./c");
    await ask("fragment", "http://host/a#fragment");
    await ask("escapes", "http://host/a b/é?q=ü&r=%41");
    await ask("upper-case host", "HTTP://HOST/Path");
    await ask("idn", "http://bücher.example/");
    await ask("user", "http://user:secret@host/");
    await ask("URL", new URL("/x", "http://host/"));
    await ask("Request", new Request("http://host/request", { method: "PUT" }));
    await ask("Request and init", new Request("http://host/request", { method: "PUT" }), {
      method: "DELETE",
    });
    await ask("method", "http://host/", { method: "post" });
    await ask("own method", "http://host/", { method: "REPORT" });
    await ask("the incoming request", request);
    await ask("object with toString", { toString: () => "http://host/text" });
    for (const wrong of [
      "/relative",
      "relative",
      "//host/path",
      "",
      "http://",
      "http:///x",
      "http://a b/",
    ]) {
      await ask(`invalid ${wrong}`, wrong);
    }
    await ask("nothing");
    await ask("number", 5);
    return log.response();
  },
};
