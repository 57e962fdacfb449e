// `stub.fetch`: URLs, protocols, requests and responses.
import { echo, objectWith, stubOf, text } from "../objects.mjs";

export default {
  async fetch(t) {
    const stub = await stubOf(t, echo(t));
    await t.call(() => text(stub.fetch("http://host/path?query#hash")));
    await t.call(() => text(stub.fetch("https://host/", { method: "POST", body: "hello" })));
    await t.call(() => text(stub.fetch(new URL("http://host/url"))));
    await t.call(() =>
      text(stub.fetch(new t.core.Request("http://host/request", { method: "PUT", body: "x" }))),
    );
    const request = new t.core.Request("http://host/both", { method: "PUT", body: "x" });
    await t.call(() => text(stub.fetch(request, { method: "PATCH", body: "y" })));
  },
  async "relative-url-needs-full-url"(t) {
    const stub = await stubOf(t, echo(t));
    await t.call(() => text(stub.fetch("/path")));
    await t.call(() => text(stub.fetch("path")));
    await t.call(() => text(stub.fetch("")));
  },
  async "relative-url-allowed"(t) {
    const stub = await stubOf(t, echo(t), { date: "2021-01-01" });
    await t.call(() => text(stub.fetch("/path")));
    await t.call(() => text(stub.fetch("path?a=b")));
    await t.call(() => text(stub.fetch("")));
    await t.call(() => text(stub.fetch("//other/x")));
    await t.call(() => text(stub.fetch("http://host/full")));
    await t.call(() => text(stub.fetch("http://")));
  },
  async "relative-url-by-flag"(t) {
    const flags = ["durable_object_fetch_allows_relative_url"];
    const stub = await stubOf(t, echo(t), { flags });
    await t.call(() => text(stub.fetch("/path")));
  },
  async "without-a-context"(t) {
    const state = t.state(t.storage());
    const namespace = new t.mf.DurableObjectNamespace("TEST", async () => state);
    const stub = namespace.get(namespace.idFromName("name"));
    await t.call(() => text(stub.fetch("/relative")));
    await t.call(() => text(stub.fetch("ftp://host/")));
  },
  async protocols(t) {
    const stub = await stubOf(t, echo(t));
    await t.call(() => text(stub.fetch("ftp://host/")));
    await t.call(() => text(stub.fetch("data:text/plain,x")));
    await t.call(() => text(stub.fetch("wss://host/")));
    await t.call(() => text(stub.fetch("HTTP://HOST/")));
  },
  async "protocols-as-http"(t) {
    const stub = await stubOf(t, echo(t), { date: "2021-01-01" });
    await t.call(() => text(stub.fetch("ftp://host/")));
    await t.call(() => text(stub.fetch("wss://host/")));
    await t.call(() => text(stub.fetch("blah:x")));
  },
  async "wrong-inputs"(t) {
    const stub = await stubOf(t, echo(t));
    await t.call(() => text(stub.fetch()));
    await t.call(() => text(stub.fetch(null)));
    await t.call(() => text(stub.fetch({})));
    await t.call(() => text(stub.fetch("http://host/", { method: "GET", body: "x" })));
    await t.call(() => text(stub.fetch("http://host/", { method: "bad method" })));
  },
  async "used-body"(t) {
    const stub = await stubOf(t, echo(t));
    const request = new t.core.Request("http://host/", { method: "POST", body: "x" });
    await request.text();
    await t.call(() => text(stub.fetch(request)));
  },
  async "immutable-headers"(t) {
    const stub = await stubOf(
      t,
      objectWith(async (request) => {
        await t.call(() => request.headers.set("a", "b"));
        await t.call(() => request.headers.append("a", "b"));
        await t.call(() => request.headers.delete("x-test"));
        t.log(request.headers.get("x-test"));
        return new t.core.Response("body", { headers: { "x-answer": "yes" }, status: 201 });
      }),
    );
    const response = await stub.fetch("http://host/", { headers: { "x-test": "1" } });
    t.log(response.status, response.headers.get("x-answer"));
    await t.call(() => response.headers.set("a", "b"));
    await t.call(() => response.text());
  },
  async "request-class"(t) {
    const stub = await stubOf(
      t,
      objectWith((request) => {
        t.log(
          request instanceof t.core.Request,
          request.constructor.name,
          Object.keys(request.cf ?? {}),
        );
        return new t.core.Response(null, { status: 204 });
      }),
    );
    const response = await stub.fetch("http://host/");
    t.log(response instanceof t.core.Response, response.constructor.name, response.status);
    await stub.fetch("http://host/", { cf: { colo: "X" } });
  },
};
