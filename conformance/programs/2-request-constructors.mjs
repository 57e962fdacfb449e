/*
spec: 2.2 Request as users make them
covers: Request, Headers and URL behaviour users rely on
*/
import { Journal } from "./observe.mjs";

export default {
  async fetch(incoming) {
    const log = new Journal({ texts: false });
    const make = (label, ...args) =>
      log.try(label, async () => {
        const request = new Request(...args);
        return [
          request.method,
          request.url,
          [...request.headers],
          request.body === null ? null : await request.text(),
        ];
      });
    await make("url", "http://x");
    await make("relative", "/x");
    await make("nothing");
    await make("lower-case method", "http://x", { method: "put" });
    await make("patch is not normalised", "http://x", { method: "patch" });
    await make("forbidden method", "http://x", { method: "TRACE" });
    await make("body", "http://x", { method: "POST", body: "b" });
    await make("GET with body", "http://x", { body: "b" });
    await make(
      "from a request",
      new Request("http://x", { method: "POST", body: "b", headers: { a: "1" } }),
    );
    await make("from a request with init", new Request("http://x", { headers: { a: "1" } }), {
      headers: { b: "2" },
    });
    await make("forbidden headers are allowed", "http://x", {
      headers: { host: "h", cookie: "c", origin: "o" },
    });
    const headers = new Headers({ B: "2", a: "1" });
    headers.append("a", "3");
    log.note("headers", [...headers], headers.get("A"), headers.has("b"), headers.get("missing"));
    await log.try("bad value", () => headers.set("x", "a\0b"));
    await log.try("number value", () => (headers.set("n", 5), headers.get("n")));
    await log.try("trimmed", () => (headers.set("t", "  a  "), headers.get("t")));
    await log.try("forEach", () => {
      const seen = [];
      headers.forEach((value, name) => seen.push(`${name}:${value}`));
      return seen;
    });
    log.note(
      "incoming",
      incoming.method,
      incoming.url,
      incoming.headers.get("host"),
      incoming.body,
      incoming.signal.aborted,
    );
    log.note(
      "kinds",
      incoming instanceof Request,
      new Request("http://x").cf,
      incoming.constructor.name,
    );
    await log.try("text of an empty body", () => incoming.text());
    await log.try("json of an empty body", () => new Request("http://x").json());
    await log.try("json of bad text", () =>
      new Request("http://x", { method: "POST", body: "{" }).json(),
    );
    await log.try("form", async () => [
      ...(await new Request("http://x", {
        method: "POST",
        body: new URLSearchParams("a=1&b=2"),
      }).formData()),
    ]);
    await log.try("arrayBuffer", () =>
      new Request("http://x", { method: "POST", body: "ab" }).arrayBuffer(),
    );
    await log.try(
      "blob",
      async () => (await new Request("http://x", { method: "POST", body: "ab" }).blob()).size,
    );
    await log.try("bytes", () => new Response("ab").bytes());
    return log.response();
  },
};
